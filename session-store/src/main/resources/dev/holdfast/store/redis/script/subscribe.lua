-- ARGV: head, epoch, filter, options ... Answers STALE, or 1 and for each filter whether the subscription is new.
if stale(ARGV[2]) then return {STALE} end
local reply = {1}
for i = 3, #ARGV, 2 do
  reply[#reply + 1] = redis.call('HSET', session, '+' .. ARGV[i], ARGV[i + 1])
  note_shared(ARGV[i])
end
return reply
