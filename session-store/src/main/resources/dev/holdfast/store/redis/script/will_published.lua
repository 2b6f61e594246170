-- ARGV: head, epoch.
redis.call('HDEL', due, ARGV[2])
return {1}
