/* SPDX-License-Identifier: MIT */
/* What lwIP wants of it: malloc() and free(), by names of lwipopts.h, and atoi(). */
#include <linux/kstrtox.h>
#include <linux/slab.h>

#define atoi(text) ((int)simple_strtol(text, NULL, 10))
