-- The last word of a displaced owner. ARGV: head, epoch of its attach, its sent mark.
local f = redis.call('HMGET', session, 'u', 'm', 'f')
if f[1] then
  local epoch, before = string.match(f[1], '(%d+):(%d+)')
  if epoch == ARGV[2] then
    local mark = tonumber(f[2] or '0')
    -- Above f it tells of the present owner.
    if mark < tonumber(f[3] or '0') then
      mark = math.max(tonumber(before), math.min(tonumber(ARGV[3]), mark))
      redis.call('HSET', session, 'm', int(mark))
    end
    redis.call('HDEL', session, 'u')
  end
end
return {1}
