-- Appends entries to one session's queue. KEYS: session, queue, seen ids. ARGV: head, epoch with which the session
-- began that is meant, or 0 for any, a minus before it if it has to be online, then for each entry: mode,
-- entry without its seq. Mode 0: never seen before; 1: the caller repeats itself; 2: this gateway does not know
-- whether an earlier sending of this very call has arrived; 3: never seen before, and QoS 2. A gateway may have stood
-- still with such a call while its publisher went elsewhere and had the message distributed from there: what is
-- distributed in mode 1 leaves its id among the seen ones, and the late call finds it.
local session, queue, seen = KEYS[1], KEYS[2], KEYS[3]

-- The common case, before anything is set up for the others: new messages without expiry, and room for all of them.
do
  local f = redis.call('HMGET', session, 'l', 'o', 'n', 'b', 'c', 'a')
  if not f[1] or (f[6] and now >= tonumber(f[6])) then return {0} end
  if f[5] ~= ARGV[2] then
    -- A clean session, which has no queue, or another one than the route was learnt from. One that an older release
    -- has made does not say when it began.
    local meant, online = ARGV[2], false
    if string.byte(meant) == 45 then meant, online = string.sub(meant, 2), true end
    if f[5] == '1' or (f[5] and meant ~= '0' and meant ~= f[5]) then return {0} end
    -- What may stand in the queue already is not to be given to somebody else.
    for i = 3, #ARGV, 2 do online = online and (ARGV[i] == '0' or ARGV[i] == '3') end
    if online and not f[2] then return {4} end
  end
  local max_messages, max_bytes = struct.unpack('>I4I8', f[1])
  local sure = #f[1] == 22 and struct.unpack('>I5', f[1], 18) >= term
  local length = redis.call('LLEN', queue)
  local count = (#ARGV - 2) / 2
  local last, bytes = tonumber(f[3] or '0'), tonumber(f[4] or '0')
  local plain = length + count <= max_messages and sure
  for i = 3, #ARGV, 2 do
    local high, low = string.byte(ARGV[i + 1], 2, 3)
    local mode = ARGV[i]
    local late = mode == '3' and redis.call('ZSCORE', seen, string.sub(ARGV[i + 1], 4, 19))
    if late or (mode ~= '0' and mode ~= '3') or high >= 128 then plain = false break end
    bytes = bytes + #ARGV[i + 1] + 6 - high * 256 - low
  end
  if plain and bytes <= max_bytes then
    local reply = {1, f[2] or ''}
    for i = 4, #ARGV, 2 do
      last = last + 1
      redis.call('RPUSH', queue, struct.pack('>I6', last) .. ARGV[i])
      reply[#reply + 1] = 1
      reply[#reply + 1] = last
      reply[#reply + 1] = 0
    end
    local stored = redis.pcall('HSET', session, 'n', int(last), 'b', int(bytes))
    if type(stored) == 'table' and stored.err then
      -- The right to it has been taken away: what was appended is not to stand there under seqs that are given once more.
      if length == 0 then redis.call('LTRIM', queue, 1, 0) else redis.call('LTRIM', queue, 0, length - 1) end
      return stored
    end
    if length == 0 then
      local expiry = tonumber(redis.call('HGET', session, 'x'))
      if expiry < 4294967295000 then redis.call('PEXPIRE', queue, int(2 * expiry + MARGIN)) end
    end
    return reply
  end
end
