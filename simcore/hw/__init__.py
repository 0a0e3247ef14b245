"""What silicon and firmware do: CSRs, fences, TLBs and SBI calls. Knows no hypervisor."""
