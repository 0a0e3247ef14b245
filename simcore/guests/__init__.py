"""Where guest memory accesses come from: working sets, as page streams that vCPUs play."""
