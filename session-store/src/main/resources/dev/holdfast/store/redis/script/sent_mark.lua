-- ARGV: head, epoch. Answers STALE, or 1, up to which seq the queue may have been sent, and whether that is sure.
if stale(ARGV[2]) then return {STALE} end
local mark, unsaid = unpack(redis.call('HMGET', session, 'm', 'u'))
return {1, mark or '0', unsaid and 0 or 1}
