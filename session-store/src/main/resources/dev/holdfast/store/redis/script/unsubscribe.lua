if stale(ARGV[2]) then return {-1} end
local reply = {1}
for i = 3, #ARGV do reply[#reply + 1] = redis.call('HDEL', session, '+' .. ARGV[i]) end
return reply
