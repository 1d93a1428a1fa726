// lib/kobject.c: counted, named objects with a parent; each is a directory of /sys. ksets collect them.

import { attribute, EEXIST, EINVAL, ENODEV, ENOENT, ENOMEM, GFP_KERNEL, kobj_attribute, kobj_type, kobject, kset, sysfs_ops } from "../abi";
import { sysfs_create_groups, sysfs_remove_groups } from "../fs/sysfs/group";
import { sysfs_create_dir, sysfs_remove_dir } from "../fs/sysfs/dir";
import { pr } from "../kernel/printk/printk";
import { WARN } from "../kernel/panic";
import { kfree, kzalloc } from "../mm/slub";
import { kstrdup, kvasprintf } from "../mm/util";
import { kobject_uevent } from "./kobject_uevent";
import { KOBJ_REMOVE } from "../abi";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_next } from "./list";
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero, refcount_read, refcount_set } from "./refcount";
import { strcmp, strchr } from "./string";
