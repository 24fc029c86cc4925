/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_IRQ_H
#define HAILO_IRQ_H

struct hailo_dev;

int hailo_irq_init(struct hailo_dev *hdev);
void hailo_irq_fini(struct hailo_dev *hdev);

void hailo_irq_enable(struct hailo_dev *hdev);
void hailo_irq_disable(struct hailo_dev *hdev);
void hailo_irq_update_mask(struct hailo_dev *hdev);
void hailo_irq_set_boot(struct hailo_dev *hdev, bool in_boot);
bool hailo_irq_poll(struct hailo_dev *hdev);

#endif /* HAILO_IRQ_H */
