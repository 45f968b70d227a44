"""The table of errors: what is wrong with a file that is uploaded, attached or fetched."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_ATTACHMENTS = {
    "ARCHIVE_REFUSED": Code(
        "save the document anew, or send it as PDF",
        "请重新保存文档，或改用 PDF",
        {
            "a part of this archive lies outside of it": "压缩包内有指向包外的部分",
            "parts of this archive overlap": "压缩包内的部分相互重叠",
            "something else stands before this archive": "压缩包之前另有内容",
            "this archive cannot be read: it is damaged, or packed in a strange way": "压缩包无法读取：已损坏，或压缩方式不明",
            "this archive has no list of its types, as a document has": "压缩包缺少文档应有的类型清单",
            "this archive is encrypted, so nobody can look into it": "压缩包已加密，无法检查",
            "this archive unpacks to far more than a document has": "压缩包解开后远超文档应有的大小",
            "two parts of this archive have the same name": "压缩包内有两个部分同名",
        },
        415,
    ),
    "BAD_FILE_NAME": Code(
        "give the file a plain name with the ending of its type",
        "请使用普通文件名，并带上相应的扩展名",
        {
            "a file's name has at most {most} bytes": "文件名最多 {most} 字节",
            "a file's name holds no control characters and none that change how it reads": "文件名不能含控制字符或改变阅读方向的字符",
            "a file's name is no path, and holds no signs that some systems forbid": "文件名不是路径，不能含某些系统禁用的符号",
            "a file's name neither begins nor ends with a blank or a point, and is not empty": "文件名不能为空，首尾不能是空格或句点",
            "a name is sent as UTF-8, percent-encoded: ?name=... or Content-Disposition: filename*=UTF-8''...": (
                "文件名应为百分号编码的 UTF-8：?name=… 或 Content-Disposition: filename*=UTF-8''…"
            ),
            "files of this kind are not taken; a name ends with one of {endings}": (
                "不接收此类文件；文件名应以下列扩展名之一结尾：{endings}"
            ),
            "send the file's name: ?name=..., or Content-Disposition": "请写明文件名：?name=… 或 Content-Disposition",
            "the name of a file of the type {type} ends with {endings}": "{type} 类型的文件名应以 {endings} 结尾",
            "this name belongs to a device on some systems": "此名称在某些系统中是设备名",
        },
        400,
    ),
    "BAD_HASH": Code(
        "send the hash as POST /files answered it",
        "请原样送回 POST /files 所答的哈希",
        {"a SHA-256 has 64 digits in lower-case hex": "SHA-256 为 64 位小写十六进制数字"},
        400,
    ),
    "FILE_DAMAGED": Code(
        "tell whoever runs the server: the file is to be restored from a backup",
        "请告知运维人员：该文件须从备份恢复",
        {
            "the bytes of this file are no longer those that were attached; they are not given out": (
                "该文件的字节已不是当初所附的内容，不予提供"
            ),
            "the bytes of this file are missing; the record still names them": "该文件的字节已缺失，记录中仍有其名",
        },
        500,
    ),
    "FILE_HAS_MACROS": Code(
        "save the document without macros, or as PDF",
        "请保存为不含宏的文档，或改用 PDF",
        {
            "this document holds macros or programs: send it without, or as PDF": "该文档含有宏或程序：请去除后再传，或改用 PDF"
        },
        415,
    ),
    "FILE_TOO_LARGE": Code(
        "send a smaller file: a scan of fewer dots, a smaller photograph",
        "请发送较小的文件：降低扫描精度，或缩小照片",
        {"a file has at most {most} bytes": "文件最多 {most} 字节"},
        413,
    ),
    "FILE_TYPE_REFUSED": Code(
        "send a file of one of these types",
        "请发送这些类型之一的文件",
        {
            "of archives, only DOCX, XLSX and OFD are taken": "压缩包类文件只接受 DOCX、XLSX 和 OFD",
            "this file is none of PDF, PNG, JPEG, TIFF, WebP, OFD, DOCX, XLSX and plain text in UTF-8": (
                "该文件不是 PDF、PNG、JPEG、TIFF、WebP、OFD、DOCX、XLSX 或 UTF-8 纯文本"
            ),
        },
        415,
    ),
    "FILE_WITHDRAWN": Code(
        "ask an auditor or a supervisor",
        "请向审计或督查人员查询",
        {
            "this file was withdrawn: its unit, supervisors and auditors are given it still": (
                "该文件已撤回：仅添加单位、督查和审计人员仍可取得"
            )
        },
        403,
    ),
    "ONE_NOUN": Code(
        "name what the file hangs on",
        "请写明文件所附的对象",
        {"name one of ticket, project and target": "ticket、project、target 三者写其一"},
    ),
    "ONE_PART": Code(
        "name one part, or none",
        "部分只写其一，或不写",
        {"a file hangs on one part of a noun, or on the noun itself": "文件附于对象本身，或其一个部分"},
    ),
    "UPLOAD_TOO_SLOW": Code(
        "send the file again over a better connection",
        "请在网络较好时重新发送",
        {
            "the file came too slowly: nothing for {pause} seconds, or not all in {most}": (
                "文件传输过慢：{pause} 秒内没有内容，或 {most} 秒内未传完"
            )
        },
        408,
    ),
}
"""The codes of files."""
