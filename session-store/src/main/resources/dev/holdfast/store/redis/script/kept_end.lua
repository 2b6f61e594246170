-- Gives back the place of a session that has ended. KEYS: as kept_begin. ARGV: head, client id, last epoch of the session.
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if score and tonumber(score) <= tonumber(ARGV[3]) then redis.call('ZREM', KEYS[1], ARGV[2]) end
return {1}
