// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping page blocks into a process: the offset is the handle, in pages.
 *
 * The pages are mapped by frame number, without taking references: nobody can pin a page and go on
 * writing to it after it was unmapped and freed. While a mapping exists, the handle cannot be freed.
 */
#include <linux/mm.h>

#include "device.h"

static void vma_open(struct vm_area_struct *vma)
{
	mini_handle_map_again(vma->vm_private_data);
}

static void vma_close(struct vm_area_struct *vma)
{
	mini_handle_unmap(vma->vm_private_data);
}

static const struct vm_operations_struct vma_operations = {
	.open = vma_open,
	.close = vma_close,
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
	error = -ERANGE;
	if (size > handle->size)
		goto err_unmap;
	mini_content_define(handle, 0, handle->size);
	error = remap_pfn_range(vma, vma->vm_start, page_to_pfn(virt_to_page(handle->address)), size,
				vma->vm_page_prot);
	if (error)
		goto err_unmap;
	vma->vm_private_data = handle;
	vma->vm_ops = &vma_operations;
	return 0;

err_unmap:
	mini_handle_unmap(handle);
	return error;
}
