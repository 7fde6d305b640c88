# What every interactive shell starts with, before ~/.bashrc.
[ -n "${PS1-}" ] || return

# LINES and COLUMNS follow the size of the window.
shopt -s checkwinsize

# Who, where: a host has several of both.
PS1='\u@\h:\w\$ '
