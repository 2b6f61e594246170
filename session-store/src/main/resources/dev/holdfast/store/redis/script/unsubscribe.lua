-- ARGV: head, epoch, filters ... Answers STALE, or 1 and for each filter whether there was a subscription.
if stale(ARGV[2]) then return {STALE} end
local reply = {1}
for i = 3, #ARGV do reply[#reply + 1] = redis.call('HDEL', session, '+' .. ARGV[i]) end
return reply
