/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_PM_H
#define HAILO_PM_H

struct dev_pm_ops;
struct hailo_dev;
struct pci_error_handlers;

extern const struct dev_pm_ops hailo_pm_ops;
extern const struct pci_error_handlers hailo_error_handlers;

void hailo_pm_start(struct hailo_dev *hdev);
void hailo_pm_stop(struct hailo_dev *hdev);

#endif /* HAILO_PM_H */
