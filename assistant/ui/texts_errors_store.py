"""Errors in Chinese: the progress and who learns, the data folder, the settings, the start."""

from __future__ import annotations

STORE: tuple[tuple[str, str], ...] = (
    # who learns
    ("There is no profile of that id", "没有这个学习者"),
    ("Choose one of the list.", "从列表里选一个。"),
    ("There is a profile called {} already", "已经有叫 {} 的学习者了"),
    ("Choose another name.", "换一个名字。"),
    ("A name has 1 to {} characters, and this one {}", "名字要有 1 到 {} 个字符，这个有 {} 个"),
    ("Choose another.", "换一个。"),
    (
        "That profile is not there any more, or there is one of that name",
        "这个学习者已经不在了，或者名字重了",
    ),
    ("Reload the page, or choose another.", "重新加载页面，或换一个。"),
    # the progress
    ("The address of the progress database is none", "学习进度的数据库地址不对"),
    (
        "Progress can't be kept in a database of kind {}",
        "学习进度不能存在 {} 这种数据库里",
    ),
    (
        "Correct ZHITU_STORE_URL: postgresql://USER:PASSWORD@HOST/DATABASE.",
        "改正 ZHITU_STORE_URL：postgresql://USER:PASSWORD@HOST/DATABASE。",
    ),
    ("{} holds a row that can't be read ({})", "{} 里有一行读不了（{}）"),
    (
        "Restore a backup (`zhitu restore FILE`), or delete what it belongs to.",
        "恢复备份（`zhitu restore FILE`），或删掉它所属的内容。",
    ),
    ("Too many are at work in {}", "同时使用 {} 的太多了"),
    ("A value can't be kept: {}", "有一个值存不了：{}"),
    ("Correct it.", "请改正它。"),
    ("{} is damaged ({}) and was left as it is", "{} 坏了（{}），没有动它"),
    (
        "Restore a backup (`zhitu restore FILE`), or move that file elsewhere to begin anew.",
        "恢复备份（`zhitu restore FILE`），或把这个文件移到别处，从头开始。",
    ),
    ("{} is held by another program", "{} 正被另一个程序占用"),
    ("Close that one, then try it again.", "关掉那个程序，再试一次。"),
    (
        "Give yourself the right to, or choose another folder with --data-dir.",
        "给自己写权限，或用 --data-dir 换一个文件夹。",
    ),
    ("The PostgreSQL database {} at {} failed: {}", "{1} 上的 PostgreSQL 数据库 {0} 出错了：{2}"),
    ("Look into the log of the server.", "看看服务器的日志。"),
    ("Start it, or correct ZHITU_STORE_URL.", "启动它，或改正 ZHITU_STORE_URL。"),
    ("PostgreSQL needs a driver that is not installed", "PostgreSQL 的驱动没有安装"),
    ("Install it: pip install 'zhitu[postgres]'", "安装：pip install 'zhitu[postgres]'"),
    (
        "The progress in {} was written by a newer version "
        "(its tables are {}, those known here {})",
        "{} 里的学习进度是更新的版本写的（它的表是 {}，这里认识的是 {}）",
    ),
    (
        "Install that version: pip install --upgrade zhitu. Nothing was changed.",
        "安装那个版本：pip install --upgrade zhitu。什么都没有改。",
    ),
    (
        "{} is the database of another program: it was left as it is",
        "{} 是别的程序的数据库，没有动它",
    ),
    (
        "Name one of Zhitu's own in ZHITU_STORE_URL, or move that file elsewhere.",
        "在 ZHITU_STORE_URL 里写知图自己的，或把这个文件移到别处。",
    ),
    # an export that is read back
    ("That is no export of progress", "这不是导出的学习进度"),
    ("Choose the file that Zhitu wrote.", "选知图导出的文件。"),
    (
        "The export is of version {}, and this program knows {}",
        "导出文件是版本 {}，这个程序认识 {}",
    ),
    ("Upgrade: pip install --upgrade zhitu", "升级：pip install --upgrade zhitu"),
    ("The export is damaged at {}: {}", "导出文件在 {} 处坏了：{}"),
    ("The export holds some cards twice", "导出文件里有的卡片出现了两次"),
    ("The export holds some reviews twice", "导出文件里有的复习出现了两次"),
    ("The export holds some attempts twice", "导出文件里有的作答出现了两次"),
    ("The export holds some sessions twice", "导出文件里有的面试出现了两次"),
    ("The export holds some conversations twice", "导出文件里有的对话出现了两次"),
    ("Export it again.", "重新导出。"),
    # the data folder
    ("The disk that holds {} is full", "{} 所在的磁盘满了"),
    ("Free some space, then run it again.", "腾出空间，再试一次。"),
    ("{} can't be written to", "{} 写不进去"),
    (
        "Choose another folder with --data-dir or ZHITU_DATA_DIR.",
        "用 --data-dir 或 ZHITU_DATA_DIR 换一个文件夹。",
    ),
    ("{} can't be used: {}", "{} 用不了：{}"),
    ("Choose another with --data-dir.", "用 --data-dir 换一个。"),
    # a backup
    ("{} holds no index and no progress", "{} 里没有索引，也没有学习进度"),
    ("Run `zhitu index` first.", "先运行 `zhitu index`。"),
    ("{} is no whole backup: {}", "{} 不是完整的备份：{}"),
    ("Use another.", "换一份。"),
    ("{} holds no index", "{} 里没有索引"),
    ("It isn't a backup of Zhitu.", "这不是知图的备份。"),
    ("Check the path.", "检查路径。"),
    ("{} is damaged ({})", "{} 坏了（{}）"),
    (
        "Restore an older backup (`zhitu restore FILE`), or move that file elsewhere.",
        "恢复更早的备份（`zhitu restore FILE`），或把这个文件移到别处。",
    ),
    ("{} is open in another program", "{} 在另一个程序里开着"),
    ("Stop `zhitu ui`, then restore.", "停掉 `zhitu ui`，再恢复。"),
    ("An index run is at work in {}", "{} 里正在建索引"),
    ("Wait until it is done.", "等它做完。"),
    # the settings
    ("{} does not exist or is no file", "{} 不存在，或不是文件"),
    (
        "Correct ZHITU_CONFIG, or unset it to use zhitu.toml of the current folder.",
        "改正 ZHITU_CONFIG；去掉它，就用当前文件夹的 zhitu.toml。",
    ),
    ("Setting `{}`: {}", "设置 `{}`：{}"),
    ("Setting `{}`: {} (got {})", "设置 `{}`：{}（现在是 {}）"),
    (
        "Correct it in {} or in the environment variable ZHITU_{}.",
        "在 {} 里或环境变量 ZHITU_{} 里改正它。",
    ),
    ("{} is not valid TOML: {}", "{} 不是有效的 TOML：{}"),
    ("Correct that line and try again.", "改正那一行，再试一次。"),
    ("Unknown setting `{}` in {}", "{1} 里有不认识的设置 `{0}`"),
    ("Unknown setting {} in the environment", "环境变量里有不认识的设置 {}"),
    ("Known: {}.", "认识的有：{}。"),
    # the start of the page
    ("Port {} on {} is in use", "{1} 的端口 {0} 已经被占用"),
    (
        "Close the other program, or take another port: ZHITU_PORT=0 finds a free one.",
        "关掉另一个程序，或换一个端口：ZHITU_PORT=0 会找一个空的。",
    ),
    ("The page can't be opened at {}:{}: {}", "页面没法在 {}:{} 打开：{}"),
    (
        "Set ZHITU_HOST and ZHITU_PORT to an address of this machine.",
        "把 ZHITU_HOST 和 ZHITU_PORT 设为这台机器的地址。",
    ),
)
