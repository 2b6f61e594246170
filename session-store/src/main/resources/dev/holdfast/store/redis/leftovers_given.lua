-- ARGV: head, how much there was in all, how much of it has been given. Nothing is done if it has changed since.
local left = KEYS[9]
if redis.call('LLEN', left) == tonumber(ARGV[2]) then redis.call('LPOP', left, ARGV[3]) end
return {1}
