-- KEYS: feeds. ARGV: head, then for each feed the id of the last change that the caller knows. Answers 1 and the feeds that have
-- later changes, counted from 0.
local reply = {1}
for i = 1, #KEYS do
  if redis.call('XRANGE', KEYS[i], '(' .. ARGV[i + 1] .. '-0', '+', 'COUNT', 1)[1] then
    reply[#reply + 1] = i - 1
  end
end
return reply
