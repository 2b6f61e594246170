-- Keeps how far a session has come in logs. ARGV: head, epoch, then slot and filter of a cursor, its value, or
-- '' for one that is over ... (CursorCodec). Answers STALE, 1, or 0 if the queue cannot give up packet identifiers now.
local epoch, ends_at, last_seq, kept_by = unpack(redis.call('HMGET', session, 'e', 'a', 'n', CURSORS_BY))
if epoch ~= ARGV[2] or has_passed(ends_at) then return {STALE} end -- as stale() says
if not kept_by then
  local last = tonumber(last_seq or '0')
  if last > LOW_SEQS then
    -- A message may have an identifier of the upper half. Without messages the queue goes on at a seq from which on either number of
    -- identifiers gives the same ones, so that it does not matter when the owner hears of it.
    if redis.call('LLEN', queue) > 0 then return {1, 0} end
    local turn = ALL_IDENTIFIERS * QUEUE_IDENTIFIERS
    local before = (math.floor(last / turn) + 1) * turn
    left_out(last, before)
    redis.call('HSET', session, 'n', int(before))
  end
end
if kept_by ~= ARGV[2] then redis.call('HSET', session, CURSORS_BY, ARGV[2]) end
for i = 3, #ARGV, 2 do keep_cursor(ARGV[i], ARGV[i + 1]) end
return {1, 1}
