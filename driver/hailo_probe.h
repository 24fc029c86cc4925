/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_PROBE_H
#define HAILO_PROBE_H

/* Module parameters; set before the first probe, then constant. */
extern bool hailo_power_mode;
extern int hailo_force_allocation;
extern int hailo_force_desc_page_size;

int hailo_probe_init(void);
void hailo_probe_exit(void);

#endif /* HAILO_PROBE_H */
