-- Appends a message to a log, once. KEYS: log, entries, ids. ARGV: head, whether an earlier sending of this call may have been
-- executed, whether the caller may have appended the message before, whether it is a QoS 2 message, the entry, most messages, most
-- bytes, dedupe window ms. Answers NO_LOG, or STORED and the index, or REPEATED and the log's
-- highest index.
local log, entries, ids = KEYS[1], KEYS[2], KEYS[3]
local may_repeat, once, entry = ARGV[2] == '1' or ARGV[3] == '1', ARGV[4] == '1', ARGV[5]
local most, most_bytes, window = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local last_index, known_term, known_bytes, known_count, kept_until = unpack(redis.call('HMGET', log, 'n', 't', 'b', 'c', 'u'))
if not last_index then return {NO_LOG} end

-- The message id of an entry (MessageCodec), behind the publisher and three bytes.
local function id_of(of)
  local begins = 5 + math.max(0, struct.unpack('>I4', of) - 1) + 3
  return string.sub(of, begins, begins + 15)
end

local id = id_of(entry)
if once and redis.call('ZSCORE', ids, id) then return {REPEATED, last_index} end
if may_repeat then
  local before, found = '+', false
  while before do
    local some = redis.call('XREVRANGE', entries, before, '-', 'COUNT', 64)
    before = nil
    for i = 1, #some do
      if id_of(some[i][2][2]) == id then return {REPEATED, last_index} end
    end
    if #some == 64 then before = '(' .. some[64][1] end
  end
end

local index, bytes = tonumber(last_index) + 1, tonumber(known_bytes) + #entry
-- Redis may lack the last appends. The time is above all indexes that it may have given.
if term > tonumber(known_term) then index = math.max(index, micros()) end
redis.call('XADD', entries, int(index) .. '-0', 'm', entry)
local length = tonumber(known_count) + 1
if length == 1 then redis.call('PEXPIRE', entries, int(tonumber(kept_until) - now + MARGIN)) end
while length > 1 and (length > most or bytes > most_bytes) do
  local oldest = redis.call('XRANGE', entries, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', entries, oldest[1])
  bytes, length = bytes - #oldest[2][2], length - 1
end
redis.call('HSET', log, 'n', int(index), 'b', int(bytes), 'c', length, 't', int(math.max(term, tonumber(known_term))))
if once then
  redis.call('ZADD', ids, now, id)
  redis.call('ZREMRANGEBYSCORE', ids, '-inf', now - window)
  redis.call('PEXPIRE', ids, int(tonumber(kept_until) - now + MARGIN))
end
return {STORED, int(index)}
