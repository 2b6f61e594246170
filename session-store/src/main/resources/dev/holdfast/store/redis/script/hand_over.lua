-- A displaced owner, or one that was taken for dead, says how far it has sent, and how far it has come in logs. ARGV: head, epoch
-- of its attach, its sent mark, then slot and filter of a cursor and its value, or '' for one that is over ... (CursorCodec)
local unsaid, present_mark, first_owned, owner, last_seq, kept_by =
  unpack(redis.call('HMGET', session, 'u', 'm', 'f', 'o', 'n', CURSORS_BY))
if unsaid then
  local epoch, before = string.match(unsaid, '(%d+):(%d+)')
  if epoch == ARGV[2] then
    local mark = tonumber(present_mark or '0')
    -- An owner that was taken for dead may also have sent what came after that, until it heard of it.
    local most = owner and mark or tonumber(last_seq or '0')
    -- A mark from the first seq of the present ownership on is what the present owner has sent.
    if not owner or mark < tonumber(first_owned or '0') then
      mark = math.max(tonumber(before), math.min(tonumber(ARGV[3]), most))
      redis.call('HSET', session, 'm', int(mark))
    end
    if kept_by and tonumber(kept_by) <= tonumber(epoch) then
      for i = 4, #ARGV, 2 do
        local value = ARGV[i + 1]
        -- The present owner may have sent more, and has not said.
        if owner and value ~= '' then value = string.sub(value, 1, 8) .. string.char(LOG_WINDOW) .. string.sub(value, 10) end
        keep_cursor(ARGV[i], value)
      end
    end
    redis.call('HDEL', session, 'u')
  end
end
return {1}
