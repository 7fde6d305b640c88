/* A module that is not part of the kernel's sources. */
#include <linux/init.h>
#include <linux/module.h>

static int __init outside_init(void)
{
	pr_info("outside: loaded\n");
	return 0;
}

static void __exit outside_exit(void)
{
	pr_info("outside: unloaded\n");
}

module_init(outside_init);
module_exit(outside_exit);
MODULE_DESCRIPTION("A module that is not part of the kernel's sources");
MODULE_LICENSE("GPL");
