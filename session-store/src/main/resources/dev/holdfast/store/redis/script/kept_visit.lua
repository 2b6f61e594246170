-- One of the sessions lives on. KEYS: as kept_begin. ARGV: head, ttl ms or 0.
outlive(ARGV[2])
return {1}
