/* Tries what a hardened kernel refuses, as root, and says of each how it went: "NAME: refused (WHY)" or
 * "NAME: allowed (-)". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#define PAGE 4096

static void say(const char *name, int allowed)
{
	printf("%s: %s (%s)\n", name, allowed ? "allowed" : "refused", allowed ? "-" : strerror(errno));
}

/* The windows into the memory of the machine, through which the kernel could be rewritten. */
static void windows(void)
{
	const char *paths[] = { "/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/dev/cpu/0/msr" };

	for (unsigned i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int file = open(paths[i], O_RDWR);
		say(paths[i], file >= 0);
		if (file >= 0)
			close(file);
	}
}

/* The start of the kernel's text as /proc/kallsyms tells it; what it usually is where that is kept secret. */
static uint64_t kernel_text(void)
{
	uint64_t address = 0;
	FILE *symbols = fopen("/proc/kallsyms", "r");

	if (symbols) {
		if (fscanf(symbols, "%" SCNx64, &address) != 1)
			address = 0;
		fclose(symbols);
	}
	say("addresses of the kernel", address != 0);
	return address ? address : 0xffffffff81000000;
}

/* The kernel's text, through the ways that lead to the memory of a process. */
static void text(void)
{
	uint64_t address = kernel_text();
	unsigned char byte = 0;
	struct iovec own = { &byte, 1 }, other = { (void *)address, 1 };
	int memory = open("/proc/self/mem", O_RDWR), zeros = open("/dev/zero", O_RDONLY);

	lseek(memory, (off_t)address, SEEK_SET);
	say("kernel text by /proc/self/mem", write(memory, &byte, 1) == 1);
	say("kernel text by process_vm_writev", process_vm_writev(getpid(), &own, 1, &other, 1, 0) == 1);
	say("kernel text by read", read(zeros, (void *)address, 1) == 1);
	say("kernel text by mmap", mmap((void *)address, PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
	close(memory);
	close(zeros);
}

/* What changes the running kernel, or the hardware behind its back. */
static void doors(void)
{
	errno = 0;
	say("ports of the hardware", iopl(3) == 0);
	say("another kernel by kexec", syscall(SYS_kexec_load, 0, 0, 0, 0) == 0);
	say("io_uring", syscall(SYS_io_uring_setup, 1, 0) >= 0 || errno == EFAULT);
	say("userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
}

/* Memory to write code into and run it, for a process that has given it up: systemd's MemoryDenyWriteExecute=. */
static void writable_code(void)
{
	void *page = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (prctl(PR_SET_MDWE, 1, 0, 0, 0) != 0) {
		say("giving writable code up failed, and so it", 1);
		return;
	}
	say("writable code by mmap", mmap(0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	say("writable code by mprotect", mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0);
}

int main(void)
{
	windows();
	text();
	doors();
	writable_code();
	return 0;
}
