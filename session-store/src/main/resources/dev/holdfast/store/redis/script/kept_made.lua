-- KEYS: as kept_begin. ARGV: head, client id, epoch, ttl ms or 0. The session is there; whoever ends an earlier one
-- of this client id does not take it off any more.
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[2])
outlive(ARGV[4])
return {1}
