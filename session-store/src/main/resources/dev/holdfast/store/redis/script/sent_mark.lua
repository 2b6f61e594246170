-- ARGV: head, epoch. How far the queue may have been sent, and whether that is sure.
if stale(ARGV[2]) then return {-1} end
local f = redis.call('HMGET', session, 'm', 'u')
return {1, f[1] or '0', f[2] and 0 or 1}
