"""Spark's settings for mapped addresses."""

from synapse_magics.engines.mapped_spark import mapped_conf

TABLE = "spark.hadoop.fs.viewfs.mounttable"


def test_no_map_no_settings():
    assert mapped_conf({}) == {}


def test_a_folder_with_blanks_is_written_as_an_address():
    conf = mapped_conf({"s3://bucket": "/my data/50%"})

    assert conf[f"{TABLE}.bucket.linkFallback"] == "file:///my%20data/50%25"


def test_what_of_a_container_is_not_mapped_is_left_to_the_real_storage():
    conf = mapped_conf({"s3://bucket/part": "/part", "hdfs://node:8020": "/whole"})

    assert conf[f"{TABLE}.bucket.link./part"] == "file:///part"
    assert conf[f"{TABLE}.bucket.linkFallback"] == "s3://bucket/"
    assert conf[f"{TABLE}.node:8020.linkFallback"] == "file:///whole"
