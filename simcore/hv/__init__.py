"""What any hypervisor has: domains, the operations a policy may ask for, remote fence calls."""
