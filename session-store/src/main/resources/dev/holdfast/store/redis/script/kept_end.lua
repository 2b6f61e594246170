-- KEYS: as kept_begin. ARGV: head, client id, epoch. A session has ended that had this epoch at the last.
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if score and tonumber(score) <= tonumber(ARGV[3]) then redis.call('ZREM', KEYS[1], ARGV[2]) end
return {1}
