-- Which server carries a transfer; none carries those that were begun before this was recorded.
alter table transfers add column carrier text not null default '';
