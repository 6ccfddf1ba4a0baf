// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping page blocks into a process: the offset is the handle, in pages.
 *
 * The pages are mapped by frame number, without taking references: nobody can pin a page and go on
 * writing to it after it was unmapped and freed. While a mapping exists, the handle cannot be freed.
 */
#include <linux/mm.h>

#include "compat.h"
#include "device.h"

static void vma_open(struct vm_area_struct *vma)
{
	mini_handle_map_again(vma->vm_private_data);
}

static void vma_close(struct vm_area_struct *vma)
{
	mini_handle_unmap(vma->vm_private_data);
}

/* A page when it is touched: there is nothing to undo when the kernel has no memory for page tables. */
static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	const struct mini_handle *handle = vmf->vma->vm_private_data;
	unsigned long first = page_to_pfn(virt_to_page(handle->address));

	return vmf_insert_pfn(vmf->vma, vmf->address, first + vmf->pgoff - handle->id);
}

static const struct vm_operations_struct vma_operations = {
	.open = vma_open,
	.close = vma_close,
	.fault = vma_fault,
};

int mini_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct mini_handle *handle;
	int error;

	/* A private mapping would copy pages on write, which frame numbers do not allow. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	handle = mini_handle_map(file->private_data, vma->vm_pgoff, &error);
	if (!handle)
		return error;
	if (size > handle->size) {
		mini_handle_unmap(handle);
		return -ERANGE;
	}
	mini_content_define(handle, 0, handle->size);
	mini_vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = handle;
	vma->vm_ops = &vma_operations;
	return 0;
}
