-- Appends entries to the queue of one session. KEYS: session, queue, seen ids. ARGV: head, the epoch with which the session
-- began that is meant, or 0 for any, with a minus before it if the session has to be online; then for each entry its mode and
-- the entry without its seq.
-- Modes: FRESH, nobody has sent the message before. FRESH_ONCE, the same of a QoS 2 message. CALLER_REPEATS, the caller has sent
-- it before. WE_REPEAT, an earlier sending of this very call may have been executed.
-- A gateway may stand still with a FRESH_ONCE call while the publisher repeats the message at another gateway. That one enqueues
-- in mode CALLER_REPEATS, which leaves the id among the seen ones, so that the late call finds it.
-- Answers one of:
-- {NO_SESSION}
-- {AWAY}
-- {ALL_STORED, the owner or '', the seq of the first entry}: all are stored, one behind the other, and nothing gave way
-- {1, the owner or '', for each entry STORED, DROPPED or REPEATED, its seq, and how many messages gave way}
local session, queue, seen = KEYS[1], KEYS[2], KEYS[3]

-- The common case is tried before anything is set up for the others: new messages without expiry, and room for all of them.
do
  local limits, owner, last_seq, queued_bytes, born, ends_at = unpack(redis.call('HMGET', session, 'l', 'o', 'n', 'b', 'c', 'a'))
  if not limits or (ends_at and now >= tonumber(ends_at)) then return {NO_SESSION} end
  if born ~= ARGV[2] then
    -- The session is clean and has no queue, or it is another one than the route was learnt from. A session that an older
    -- release has made does not say when it began.
    local meant, online = ARGV[2], false
    if string.byte(meant) == 45 then meant, online = string.sub(meant, 2), true end -- a minus
    if born == '1' or (born and meant ~= '0' and meant ~= born) then return {NO_SESSION} end
    -- A message that may stand in the queue already must not be given to another session.
    for i = 3, #ARGV, 2 do online = online and (ARGV[i] == FRESH or ARGV[i] == FRESH_ONCE) end
    if online and not owner then return {AWAY} end
  end
  local max_messages, max_bytes = struct.unpack('>I4I8', limits)
  local sure = #limits == LIMITS + 5 and struct.unpack('>I5', limits, LIMITS + 1) >= term
  local length = redis.call('LLEN', queue)
  local count = (#ARGV - 2) / 2
  local last, bytes, entries = tonumber(last_seq or '0'), tonumber(queued_bytes or '0'), {}
  local first, plain = last + 1, length + count <= max_messages and sure
  for i = 3, #ARGV, 2 do
    local mode, entry = ARGV[i], ARGV[i + 1]
    local high, low = string.byte(entry, 2, 3)
    local late = mode == FRESH_ONCE and redis.call('ZSCORE', seen, string.sub(entry, 4, 19))
    if late or (mode ~= FRESH and mode ~= FRESH_ONCE) or high >= 128 then plain = false break end
    bytes = bytes + #entry + 6 - high * 256 - low
    last = last + 1
    entries[#entries + 1] = struct.pack('>I6', last) .. entry
  end
  if plain and bytes <= max_bytes then
    redis.call('RPUSH', queue, unpack(entries))
    local stored = redis.pcall('HSET', session, 'n', int(last), 'b', int(bytes))
    if type(stored) == 'table' and stored.err then
      -- Redis refuses the HSET, since an operator has taken the right away. The entries are removed again: otherwise later ones
      -- would get the same seqs.
      if length == 0 then redis.call('LTRIM', queue, 1, 0) else redis.call('LTRIM', queue, 0, length - 1) end
      return stored
    end
    if length == 0 then
      local expiry = tonumber(redis.call('HGET', session, 'x'))
      if expiry < NEVER then redis.call('PEXPIRE', queue, int(2 * expiry + MARGIN)) end
    end
    return {ALL_STORED, owner or '', first}
  end
end
