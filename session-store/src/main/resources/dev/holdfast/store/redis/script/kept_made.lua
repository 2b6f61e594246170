-- The session has been made: its place stays when an earlier session of this client id ends. KEYS: as kept_begin. ARGV: head,
-- client id, epoch, ttl ms or 0.
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[2])
outlive(ARGV[4])
return {1}
