-- A displaced owner says how far it has sent. ARGV: head, epoch of its attach, its sent mark.
local unsaid, present_mark, first_owned = unpack(redis.call('HMGET', session, 'u', 'm', 'f'))
if unsaid then
  local epoch, before = string.match(unsaid, '(%d+):(%d+)')
  if epoch == ARGV[2] then
    local mark = tonumber(present_mark or '0')
    -- A mark from the first seq of the present ownership on is what the present owner has sent.
    if mark < tonumber(first_owned or '0') then
      mark = math.max(tonumber(before), math.min(tonumber(ARGV[3]), mark))
      redis.call('HSET', session, 'm', int(mark))
    end
    redis.call('HDEL', session, 'u')
  end
end
return {1}
