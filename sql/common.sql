/* perfkit--1.0.sql: install script, joined by the Makefile from sql/common.sql and the parts that follow it there. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION perfkit CASCADE" to load this file. \quit

-- No statement below names the schema into which it is installed: views and SQL-standard function
-- bodies bind when they are created, and C functions find their schema by their own OID. So any
-- schema will do, and ALTER EXTENSION ... SET SCHEMA works.
