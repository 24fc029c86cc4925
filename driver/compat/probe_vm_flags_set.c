// SPDX-License-Identifier: GPL-2.0-only
/* vm_flags_set(): 6.3. */
#include <linux/mm.h>

void hailo_probe_vm_flags_set(struct vm_area_struct *vma);

void hailo_probe_vm_flags_set(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND);
}
