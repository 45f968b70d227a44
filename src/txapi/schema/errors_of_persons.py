"""The table of errors: what is wrong with how personal data are given, or keep from being read."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_PERSONS = {
    "PERSONAL_IN_DOCUMENT": Code(
        "give names and phone numbers as variables",
        "请用变量传递姓名和电话",
        {
            "personal data are given as variables, never in the text of an operation": "个人信息应以变量传递，不写在操作文本中",
        },
    ),
    "PERSON_KEYS_MISSING": Code(
        "ask another node; whoever runs this one copies the master key to it",
        "请改用其他节点；请运维人员将主密钥复制到本节点",
        {
            "this server lacks the master key of persons, and opens and seals nothing": "本服务器缺少个人信息主密钥，无法解封或密封",
        },
    ),
}
