/* SPDX-License-Identifier: MIT */
/* Where a lock is initialised: the core tells classes of locks apart by it. */
#ifndef _KPI_SHADOW_LINUX_KPI_LOCK_SITE_H
#define _KPI_SHADOW_LINUX_KPI_LOCK_SITE_H

#include <linux/stringify.h>

#define __KPI_LOCK_SITE __FILE__ ":" __stringify(__LINE__)

#endif
