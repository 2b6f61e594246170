-- Reads a log. KEYS: log, entries, ids. ARGV: head, lowest index, at most messages, at most bytes.
-- Answers NO_LOG, or 1, the index with which the log began, the lowest index of the log, its next index, how many messages it
-- has, then index and entry ...
local entries, most, most_bytes = KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local last_index, begun, in_log = unpack(redis.call('HMGET', KEYS[1], 'n', 'a', 'c'))
if not last_index then return {NO_LOG} end
local next_index = int(tonumber(last_index) + 1)
local oldest = redis.call('XRANGE', entries, '-', '+', 'COUNT', 1)[1]
local reply = {1, begun, oldest and string.match(oldest[1], '%d+') or next_index, next_index, in_log}
local from, count, bytes = ARGV[2], 0, 0
while from do
  local some = redis.call('XRANGE', entries, from, '+', 'COUNT', math.min(16, most - count))
  from = #some > 0 and '(' .. some[#some][1] or nil
  for i = 1, #some do
    reply[#reply + 1] = string.match(some[i][1], '%d+')
    reply[#reply + 1] = some[i][2][2]
    count, bytes = count + 1, bytes + #some[i][2][2]
    if count >= most or bytes >= most_bytes then return reply end
  end
end
return reply
