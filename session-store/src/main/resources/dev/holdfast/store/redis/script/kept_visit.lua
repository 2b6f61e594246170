-- KEYS: as kept_begin. ARGV: head, ttl ms or 0. One of the sessions lives on.
outlive(ARGV[2])
return {1}
