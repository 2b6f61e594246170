-- KEYS: feeds. ARGV: head, then of each feed the id of the last change that is known. Tells which of them, counted
-- from 0, have changed since.
local reply = {1}
for i = 1, #KEYS do
  if redis.call('XRANGE', KEYS[i], '(' .. ARGV[i + 1] .. '-0', '+', 'COUNT', 1)[1] then
    reply[#reply + 1] = i - 1
  end
end
return reply
