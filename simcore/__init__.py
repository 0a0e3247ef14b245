"""The model of vmidscope: harts, VMID-tagged TLBs, hypervisors and policies; no side effects."""

__version__ = "0.1.0"
