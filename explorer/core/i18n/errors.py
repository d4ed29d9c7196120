"""What went wrong, and what to do: one sentence each."""

WORDS: dict[str, tuple[str, str]] = {
    "uploads_full": (
        "Your file was not kept: uploads already fill this server's limit ({limit_mb} MB). Try again in a few minutes.",
        "服务器没有保留你的文件：上传的文件已占满 {limit_mb} MB 的上限。请过几分钟再试。",
    ),
    # pictures
    "picture_empty": (
        "{file} is empty: it has 0 bytes. Choose another file.",
        "{file} 是空文件（0 字节）。请换一个文件。",
    ),
    "picture_too_large": (
        "{file} is larger than the limit of {limit_mb} MB. Save a smaller version.",
        "{file} 超过 {limit_mb} MB 的上限。请缩小后再试。",
    ),
    "picture_too_many_pixels": (
        "{file} has more than {limit} million pixels, the limit for decoding. Save a smaller version.",
        "{file} 超过 {limit} 百万像素的解码上限。请缩小后再试。",
    ),
    "picture_damaged": (
        "{file} is damaged or truncated and cannot be decoded. Save or copy it again.",
        "{file} 已损坏或不完整，无法解码。请重新保存或重新复制。",
    ),
    "picture_unknown_format": (
        "{file} is not in a supported image format. Save it as one of: {formats}.",
        "{file} 不是支持的图片格式。请保存为以下格式之一：{formats}。",
    ),
    "picture_other_format": (
        "{file} has the format {kind}, which is not read here. Save or export it as JPEG or PNG.",
        "{file} 的格式是 {kind}，这里不支持。请另存或导出为 JPEG 或 PNG。",
    ),
    "picture_heic": (
        "{file} is an HEIC picture, as iPhones take them. Share or export it as JPEG, or install the decoder where this app runs: pip install pillow-heif.",
        "{file} 是 HEIC 图片（iPhone 的默认格式）。请导出为 JPEG，或在运行本应用的电脑上安装解码器：pip install pillow-heif。",
    ),
    "picture_svg": (
        "{file} is an SVG drawing: drawing commands, not pixels. Export it as PNG.",
        "{file} 是 SVG 矢量图，由绘图指令而不是像素组成。请导出为 PNG。",
    ),
    "picture_html": (
        "{file} is a web page, not an image. Open it and save the image itself.",
        "{file} 是网页，不是图片。请打开网页，保存其中的图片。",
    ),
    "picture_clear_colour": (
        "{file} is a PNG with 16 bits per channel and one colour made transparent, which cannot be read exactly. Save it with 8 bits, or with an alpha channel.",
        "{file} 是每通道 16 位的 PNG，并把某一种颜色设为透明，无法准确读取。请保存为 8 位，或使用 alpha 通道。",
    ),
    "picture_unreadable": (
        "{file} cannot be read. Check that it exists, is a file, and that you have permission to read it.",
        "无法读取 {file}。请确认文件存在，并且有读取权限。",
    ),
    "picture_unknown_sample": (
        "The gallery has no image called “{sample}”.",
        "图库里没有名为“{sample}”的图片。",
    ),
    # data and downloads
    "data_no_class": (
        "The data has no class “{name}”. Available: {allowed}.",
        "数据里没有类别“{name}”。现有：{allowed}。",
    ),
    "data_unreadable": (
        "The images of “{name}” in {folder} can no longer be read.",
        "无法再读取 {folder} 中“{name}”的图片。",
    ),
    "data_damaged": (
        "The CIFAR-10 files in {folder} are damaged or incomplete. Remove that folder and download them again.",
        "{folder} 中的 CIFAR-10 文件已损坏或不完整。请删除该文件夹后重新下载。",
    ),
    "download_unreachable": (
        "The server for {file}, {server}, cannot be reached. Check the internet connection, or put the file into {folder} yourself.",
        "连不上提供 {file} 的服务器 {server}。请检查网络连接，或自行把该文件放到 {folder}。",
    ),
    "download_refused": (
        "The server {server} refused to send {file} (HTTP {status}). Try again later, or put the file into {folder} yourself.",
        "服务器 {server} 拒绝提供 {file}（HTTP {status}）。请稍后再试，或自行把该文件放到 {folder}。",
    ),
    "download_short": (
        "The download of {file} from {server} was interrupted and discarded. Try again, or put the file into {folder} yourself.",
        "从 {server} 下载 {file} 时中断，不完整的部分已丢弃。请重试，或自行把该文件放到 {folder}。",
    ),
    "download_checksum": (
        "{file} came from {server} with a wrong checksum and was discarded. Try again, or put the file into {folder} yourself.",
        "从 {server} 下载的 {file} 校验和不符，已丢弃。请重试，或自行把该文件放到 {folder}。",
    ),
    "download_unwritable": (
        "{file} cannot be written to {folder}. Check for free disk space and write permission.",
        "无法把 {file} 写入 {folder}。请确认磁盘有空间，并且有写入权限。",
    ),
    # data sets of a fine-tune
    "data_no_cifar10": (
        "CIFAR-10 was not found. Put cifar-10-batches-py, or cifar10/train and cifar10/test, into {folder}, download it with the button on the page, or train on the digits, which are always available: python -m explorer train --data digits.",
        "没有找到 CIFAR-10。请把 cifar-10-batches-py，或 cifar10/train 与 cifar10/test 放到 {folder}，或用页面上的按钮下载，"
        "也可以用随时可用的手写数字训练：python -m explorer train --data digits。",
    ),
    "data_no_folder": (
        "{file} does not exist. Give the path of a folder or zip with one folder of images per class.",
        "找不到 {file}。请给出一个文件夹或 zip 的路径，其中每个类别各有一个图片文件夹。",
    ),
    "data_zip_too_large": (
        "{file} is larger than the limit for zips of {limit_gb} GB. Unpack it and give the folder instead.",
        "{file} 超过读取 zip 的上限 {limit_gb} GB。请解压后给出文件夹。",
    ),
    "data_zip_damaged": (
        "{file} cannot be read as a zip: it is damaged, truncated, or another kind of file. Zip the class folders again.",
        "{file} 无法作为 zip 读取：它已损坏、不完整，或是其他类型的文件。请重新打包各类别文件夹。",
    ),
    "data_zip_encrypted": (
        "{file} is password-protected. Zip the class folders without a password.",
        "{file} 有密码保护。请不设密码重新打包各类别文件夹。",
    ),
    "data_zip_unpacks": (
        "{file} unpacks to more than {limit_gb} GB of images, which is the limit. Use fewer or smaller images.",
        "{file} 解压后的图片超过 {limit_gb} GB 的上限。请减少图片数量或缩小图片。",
    ),
    "data_too_many_files": (
        "{file} has more than {limit} files, which is the limit. Choose a folder with fewer files.",
        "{file} 中的文件数超过上限 {limit}。请选择文件较少的文件夹。",
    ),
    "data_too_large": (
        "{count} images with a side of {side} px take more than {limit_gb} GB. Choose a smaller image size or fewer images.",
        "{count} 张边长 {side} 像素的图片会超过 {limit_gb} GB。请选择更小的图片尺寸，或减少图片。",
    ),
    "data_no_pictures": (
        "{file} has no images in a supported format (found: {kinds}). Give a folder or zip with one folder of images (JPEG, PNG, …) per class.",
        "{file} 里没有支持格式的图片（找到：{kinds}）。请给出一个文件夹或 zip，其中每个类别各有一个图片（JPEG、PNG 等）文件夹。",
    ),
    "data_only_heic": (
        "The {count} images in {file} are HEIC, the format of iPhones. Install its decoder (pip install pillow-heif), or save them as JPEG.",
        "{file} 里的 {count} 张图片都是 iPhone 的 HEIC 格式。请安装解码器（pip install pillow-heif），或另存为 JPEG。",
    ),
    "data_only_links": (
        "{file} holds only links that lead out of it ({names}), which are not followed. Copy what they lead to, or, if you trust the folder, set EXPLORER_FOLLOW_LINKS=1.",
        "{file} 里只有指向外部的链接（{names}），不会跟随链接。请复制实际的文件；如果信任这个文件夹，也可设 EXPLORER_FOLLOW_LINKS=1。",
    ),
    "data_nested": (
        "{file} has no images, but another archive within it ({name}). Unpack that one and give its folder, or its zip itself.",
        "{file} 里没有图片，而是另一个压缩包（{name}）。请解压后给出文件夹，或直接给出里面的 zip。",
    ),
    "data_archive": (
        "{file} is a {kind} archive; only zips and folders are read. Unpack it and give the folder, or pack it as a zip.",
        "{file} 是 {kind} 压缩包，这里只读取 zip 和文件夹。请解压后给出文件夹，或重新打包为 zip。",
    ),
    "data_is_picture": (
        "{file} is a single image. To train, give a folder or zip with one folder of images per class.",
        "{file} 是单张图片。训练需要一个文件夹或 zip，其中每个类别各有一个图片文件夹。",
    ),
    "data_flat": (
        "{file}: {count} images are in one folder, and nothing says their classes. Make one folder per class, or put a CSV with the columns file and label beside them.",
        "{file} 有 {count} 张图片放在同一个文件夹，无法得知类别。请为每个类别建一个文件夹，或在旁边放一个有 file 和 label 两列的 CSV。",
    ),
    "data_flat_names": (
        "{file}: all images are in one folder, and their names ({first}) seem to say the class. Make one folder for each class ({names}) and move its images there.",
        "{file} 的图片都在同一个文件夹，类别似乎写在文件名里（{first}）。请为每个类别（{names}）建一个文件夹，并把图片移进去。",
    ),
    "data_detection": (
        "{file} is laid out for object detection: its images have no class folders, only label files with boxes. Classification needs one folder of images per class.",
        "{file} 是目标检测的数据：图片没有类别文件夹，只有标注框文件。图像分类需要每个类别一个图片文件夹。",
    ),
    "data_no_train": (
        "{file} has no part for training, only {parts}. Add a folder named train, with the same class folders.",
        "{file} 没有训练部分，只有 {parts}。请添加一个名为 train 的文件夹，其中有相同的类别文件夹。",
    ),
    "data_several": (
        "{file} holds several data sets ({names}), each with its own training part. Give the path of one of them.",
        "{file} 里有多个数据集（{names}），各有自己的训练部分。请给出其中一个的路径。",
    ),
    "data_same_folders": (
        "{file}: each of the folders {outer} holds the same folders ({inner}), so it is not clear which are the classes. Give the path of one of the outer folders, or rename them to train and test.",
        "{file} 的文件夹 {outer} 里都有相同的文件夹（{inner}），无法判断哪些是类别。请给出其中一个外层文件夹的路径，或把它们改名为 train 和 test。",
    ),
    "data_class_heic": (
        "The class “{name}” has no readable images: they are HEIC, the format of iPhones. Install its decoder (pip install pillow-heif), or save them as JPEG.",
        "类别“{name}”没有可以读取的图片：它们是 iPhone 的 HEIC 格式。请安装解码器（pip install pillow-heif），或另存为 JPEG。",
    ),
    "data_class_count": (
        "{file}: the number of classes is {count}; 2 to {limit} are supported. Make one folder per class and put its images inside.",
        "{file} 有 {count} 个类别，支持 2 到 {limit} 个。请为每个类别建一个文件夹，并放入它的图片。",
    ),
    "data_class_empty": (
        "The class “{name}” has no readable training images. Add some, or remove its folder.",
        "类别“{name}”没有可以读取的训练图片。请添加图片，或删除它的文件夹。",
    ),
    "data_class_only_in_test": (
        "The class “{name}” has test images but no training images. Use the same class folders in both parts.",
        "类别“{name}”只有测试图片，没有训练图片。请让两部分有相同的类别文件夹。",
    ),
    "data_no_test": (
        "There are no images to test on. Give a class at least two images, or add a test part with the same class folders.",
        "没有可用于测试的图片。请给类别提供两张以上的图片，或添加类别文件夹相同的测试部分。",
    ),
    "labelled_gone": (
        "This image is one of the labelled images chosen beside a checkpoint of your own. Choose the data set there again.",
        "这张图片属于为自有检查点选择的带标签图片。请在那里重新选择数据集。",
    ),
    "data_no_labelled": (
        "{file} contains no readable images in class folders, so nothing can be measured on it.",
        "{file} 的类别文件夹里没有可读的图片，无法用来测量。",
    ),
    "data_no_validation": (
        "No class has a second training image to hold out for validation. Use more images, or best_by = test.",
        "每个类别都只有一张训练图片，无法留出验证图片。请使用更多图片，或设 best_by = test。",
    ),
    # networks and weights
    "network_unknown": (
        "There is no network called “{network}”. Choose one of: {allowed}.",
        "没有名为“{network}”的网络。可选：{allowed}。",
    ),
    "hf_public": (
        "A public server opens no folders. Start the app without EXPLORER_PUBLIC to look at a model of your own.",
        "公开的服务器不打开文件夹。要看自己的模型，请在不设 EXPLORER_PUBLIC 的情况下启动。",
    ),
    "hf_folder": (
        "{folder} is not the folder of an image classifier of transformers: it needs config.json and model.safetensors. Write one with model.save_pretrained(folder).",
        "{folder} 不是 transformers 图像分类模型的文件夹：其中要有 config.json 和 model.safetensors。可以用 model.save_pretrained(folder) 写出。",
    ),
    "hf_not_installed": (
        "To open {folder}, install transformers: pip install transformers",
        "要打开 {folder}，请先安装 transformers：pip install transformers",
    ),
    "hf_broken": (
        "transformers cannot open {folder} as an image classifier: {reason}",
        "transformers 无法把 {folder} 作为图像分类模型打开：{reason}",
    ),
    "hf_missing": (
        "The weights in {folder} are incomplete: {count} tensors are missing, such as {name}. Is it a model without its classification layer?",
        "{folder} 里的权重不完整：缺 {count} 个张量，例如 {name}。它是不是没有分类层的模型？",
    ),
    "hf_look_only": (
        "{network} can be looked at but not fine-tuned here. Choose a network of torchvision or timm.",
        "{network} 只能查看，不能在这里微调。请选 torchvision 或 timm 的网络。",
    ),
    "network_size": (
        "{network} does not accept images of {size} px.",
        "{network} 不接受 {size} 像素的图片。",
    ),
    "weights_unknown": (
        "“{weights}” is neither the name of weights nor a file. Choose one of: {allowed}, or give the path of a checkpoint.",
        "“{weights}”既不是权重名，也不是文件。可选：{allowed}，或给出检查点文件的路径。",
    ),
    "weights_mirror": (
        "The environment variable {name} is “{value}”; it must be the address of a folder of weight files that begins with https:// (http:// on this machine only), such as https://mirror.example.org/weights.",
        "环境变量 {name} 的值是“{value}”，应当是存放权重文件的网络文件夹的地址，以 https:// 开头（只有本机可用 http://），例如 https://mirror.example.org/weights。",
    ),
    "weights_half": (
        "{file} in torchvision's cache is damaged or incomplete, so it is not used. Delete it; it will be downloaded again.",
        "torchvision 缓存中的 {file} 已损坏或不完整，未被使用。请删除它，之后会重新下载。",
    ),
    "weights_not_for_network": (
        "There are no “{weights}” weights for {network}. Choose one of: {allowed}.",
        "{network} 没有“{weights}”权重。可选：{allowed}。",
    ),
    "checkpoint_too_large": (
        "{file} is larger than the limit for checkpoints of {limit_mb} MB.",
        "{file} 超过检查点的大小上限 {limit_mb} MB。",
    ),
    "checkpoint_unreadable": (
        "{file} cannot be read. Check that it exists and that you have permission to read it.",
        "无法读取 {file}。请确认文件存在，并且有读取权限。",
    ),
    "checkpoint_broken": (
        "{file} cannot be read safely as a checkpoint. Save the weights as .safetensors, or with torch.save(model.state_dict(), …).",
        "{file} 无法作为检查点安全读取。请保存为 .safetensors，或用 torch.save(model.state_dict(), …) 保存。",
    ),
    "checkpoint_no_state_dict": (
        "{file} does not contain a state dict (a dict of tensors by name); it has: {has}. Save it with torch.save(model.state_dict(), …).",
        "{file} 里没有 state dict（名字到张量的字典），只有：{has}。请用 torch.save(model.state_dict(), …) 保存。",
    ),
    "checkpoint_lacks": (
        "{file} does not fit {network}: {name} is missing (missing tensors: {count}). The file has {tensors} tensors ({first} … {last}). Nearest network (tensors that fit): {near}.",
        "{file} 与 {network} 不符：缺少 {name}（共缺 {count} 个张量）。文件中有 {tensors} 个张量（{first} … {last}），最接近的网络（相符的张量数）：{near}。",
    ),
    "checkpoint_extra": (
        "{file} does not fit {network}: {network} has no {name} (unexpected tensors: {count}). The file has {tensors} tensors ({first} … {last}). Nearest network (tensors that fit): {near}.",
        "{file} 与 {network} 不符：{network} 没有 {name}（共多出 {count} 个张量）。文件中有 {tensors} 个张量（{first} … {last}），最接近的网络（相符的张量数）：{near}。",
    ),
    "checkpoint_shape": (
        "{file} does not fit {network}: {name} is {got} in the file and {needed} in the network. The file has {tensors} tensors ({first} … {last}). Nearest network (tensors that fit): {near}.",
        "{file} 与 {network} 不符：{name} 在文件中是 {got}，在网络中是 {needed}。文件中有 {tensors} 个张量（{first} … {last}），最接近的网络（相符的张量数）：{near}。",
    ),
    "checkpoint_no_head": (
        "{file} has all of {network} but its last layer ({name}), so it predicts no classes. Use it as initial weights of a fine-tune, which adds that layer, or take a file with it.",
        "{file} 有 {network} 的全部张量，只缺最后一层（{name}），因此不能预测类别。可以用它作微调的初始权重（微调会新建这一层），或换一个含最后一层的文件。",
    ),
    "checkpoint_no_part": (
        "{file} has no state dict called “{part}”. It has: {allowed}.",
        "{file} 里没有名为“{part}”的 state dict，只有：{allowed}。",
    ),
    "checkpoint_padding": (
        "“{padding}” is no padding of the shortcuts of {network}. It is end or both, for the networks for CIFAR with option A.",
        "“{padding}”不是 {network} 的捷径补零方式。可选 end 或 both，仅用于 CIFAR 网络的选项 A。",
    ),
    "checkpoint_which": (
        "{file} fits none of the networks here exactly. Nearest: {near}. Name one with --network.",
        "{file} 与这里的网络都不完全相符。最接近的是：{near}。请用 --network 指定网络。",
    ),
    # files that are no state dict: how to get one
    "checkpoint_is_module": (
        '{file} is a whole pickled model, which only its own code can read. Where it was made: from torch import load; model = load("…", weights_only=False); torch.save(model.state_dict(), …).',
        '{file} 是整个序列化的模型，只有它自己的代码才能读取。请在生成它的环境里运行：from torch import load; model = load("…", weights_only=False); torch.save(model.state_dict(), …)。',
    ),
    "checkpoint_is_fastai": (
        '{file} is a learner exported by fastai. Where it was made: torch.save(load_learner("…").model.state_dict(), "weights.pth").',
        '{file} 是 fastai 导出的 learner。请在生成它的环境里运行：torch.save(load_learner("…").model.state_dict(), "weights.pth")。',
    ),
    "checkpoint_is_torchscript": (
        '{file} is a TorchScript program. Convert it: torch.save(torch.jit.load("…", "cpu").state_dict(), "weights.pth").',
        '{file} 是 TorchScript 程序。可以这样转换：torch.save(torch.jit.load("…", "cpu").state_dict(), "weights.pth")。',
    ),
    "checkpoint_is_exported": (
        '{file} is a program of torch.export. Convert it: torch.save(dict(torch.export.load("…").state_dict), "weights.pth").',
        '{file} 是 torch.export 导出的程序。可以这样转换：torch.save(dict(torch.export.load("…").state_dict), "weights.pth")。',
    ),
    "checkpoint_is_pickle": (
        '{file} was saved by pickle, not by torch. Where it was made: torch.save(pickle.load(open("…", "rb")), "weights.pth").',
        '{file} 是用 pickle 而不是 torch 保存的。请在生成它的环境里运行：torch.save(pickle.load(open("…", "rb")), "weights.pth")。',
    ),
    "checkpoint_is_quantized": (
        "{file} contains quantized weights (integers), which are not computed with here. Use the weights from before quantization.",
        "{file} 里是量化后的权重（整数），这里不支持。请使用量化之前的权重。",
    ),
    "checkpoint_is_onnx": (
        "{file} is an ONNX graph, in which layers are merged and renamed. Use the PyTorch model that it was exported from: torch.save(model.state_dict(), …).",
        "{file} 是 ONNX 计算图，其中的层已被合并、改名。请用导出它的 PyTorch 模型：torch.save(model.state_dict(), …)。",
    ),
    "checkpoint_is_hdf5": (
        "{file} is an HDF5 file, as Keras writes them. Its weights are laid out for Keras and cannot be used here: take PyTorch weights.",
        "{file} 是 HDF5 文件（Keras 的格式）。其中的权重按 Keras 的布局存放，这里不能使用，请换用 PyTorch 的权重。",
    ),
    "checkpoint_is_keras": (
        "{file} is a Keras or TensorFlow model. Its weights are laid out otherwise and cannot be used here: take PyTorch weights.",
        "{file} 是 Keras 或 TensorFlow 的模型。权重的布局不同，这里不能使用，请换用 PyTorch 的权重。",
    ),
    "checkpoint_is_tensorflow": (
        "{file} is a file of TensorFlow. Its weights are laid out otherwise and cannot be used here: take PyTorch weights.",
        "{file} 是 TensorFlow 的文件。权重的布局不同，这里不能使用，请换用 PyTorch 的权重。",
    ),
    "checkpoint_is_gguf": (
        "{file} is a GGUF file of a language model, not of a residual network for images.",
        "{file} 是语言模型的 GGUF 文件，不是图像残差网络的权重。",
    ),
    "checkpoint_is_numpy": (
        "{file} contains numpy arrays. If they are a network's tensors by name: torch.save({{k: torch.tensor(v) for k, v in numpy.load('…').items()}}, 'weights.pth').",
        "{file} 里是 numpy 数组。如果它们是按名字存放的网络权重：torch.save({{k: torch.tensor(v) for k, v in numpy.load('…').items()}}, 'weights.pth')。",
    ),
    "checkpoint_is_lfs": (
        "{file} is only a pointer to a file that Git LFS stores elsewhere. Fetch it in its repository with: git lfs pull.",
        "{file} 只是 Git LFS 的指针，真正的文件存放在别处。请在它的仓库里运行：git lfs pull。",
    ),
    "checkpoint_is_html": (
        "{file} is a web page, not the file that it offers. Download the file by the page's own link, for example its “raw” or “download” button.",
        "{file} 是一个网页，不是网页提供下载的文件。请用网页上的下载链接（例如“raw”或“download”按钮）重新下载。",
    ),
    "checkpoint_is_gzip": (
        '{file} is compressed with gzip. Unpack it first: gunzip, or in Python: open("weights.pth", "wb").write(gzip.open("…").read()).',
        '{file} 经过 gzip 压缩。请先解压：gunzip，或用 Python：open("weights.pth", "wb").write(gzip.open("…").read())。',
    ),
    "checkpoint_is_archive": (
        "{file} is a compressed archive. Unpack it first, and choose the checkpoint inside.",
        "{file} 是压缩包。请先解压，再选择其中的检查点。",
    ),
    "checkpoint_is_zip": (
        '{file} is a zip that contains {member}. Unpack it first, for example in Python: zipfile.ZipFile("…").extractall().',
        '{file} 是含有 {member} 的 zip。请先解压，例如用 Python：zipfile.ZipFile("…").extractall()。',
    ),
    "mean_std": (
        "Mean and std are three numbers each, for red, green and blue: of 0 to 1, or of 0 to 255; std is above 0.",
        "均值和标准差各是三个数（红、绿、蓝），取 0 到 1 或 0 到 255，标准差须大于 0。",
    ),
    "classes_count": (
        "{given} class names were given, but the network has {count} outputs. Give one name per output, in their order.",
        "给出了 {given} 个类名，而网络有 {count} 个输出。请按输出的顺序给出同样多的类名。",
    ),
    "classes_unreadable": (
        "{file} cannot be read or contains no class names. Give a text file with one name per line, or a folder with one folder per class.",
        "{file} 无法读取，或里面没有类名。请给出每行一个类名的文本文件，或每类一个子文件夹的文件夹。",
    ),
    "checkpoint_not_finite": (
        "{file} contains NaN or infinity in {name}. Use a checkpoint from before training diverged.",
        "{file} 的 {name} 中含有 NaN 或无穷大。请改用训练发散之前的检查点。",
    ),
    "checkpoint_negative_variance": (
        "{file} contains negative variances in {name}, of which BatchNorm would take the square root. Use another checkpoint.",
        "{file} 的 {name} 中有负的方差，而 BatchNorm 要对它开平方。请换一个检查点。",
    ),
    "logits_not_finite": (
        "The network's output is NaN or infinite: with these weights the values overflow. Choose other weights.",
        "网络的输出是 NaN 或无穷大：这份权重使数值溢出。请换一份权重。",
    ),
    # traces
    "trace_unknown_name": (
        "This network has no tensor called “{name}”. Names look like layer1.0.bn2 or layer1.0.shortcut.",
        "这个网络没有名为“{name}”的张量。名字形如 layer1.0.bn2 或 layer1.0.shortcut。",
    ),
    "trace_size": (
        "This network’s code refuses an input of {size} px: {reason}",
        "这个网络的代码不接受 {size} 像素的输入：{reason}",
    ),
    "trace_no_passage": (
        "A run cannot start at {name}: what follows also depends on earlier tensors.",
        "不能从 {name} 开始运行：后面的计算还依赖更早的张量。",
    ),
    "trace_not_run": (
        "With this change, the network’s own code does not reach {name}: it reads values and takes another way.",
        "做了这个改动后，网络自己的代码不再经过 {name}：它读取了数值，走了另一条路。",
    ),
    "trace_edit_shape": (
        "The edit of {name} returned the shape {got}; it must be {needed}.",
        "对 {name} 的修改得到形状 {got}，必须保持 {needed}。",
    ),
    # recipes and runs
    "recipe_field": (
        "{field} = {value} is out of range. Allowed: {allowed}.",
        "{field} = {value} 超出范围。允许的取值：{allowed}。",
    ),
    "backbone_size": (
        "{network} does not accept images of {size} px. Choose one of: {allowed}.",
        "{network} 不能输入 {size} 像素的图片。可选：{allowed}。",
    ),
    "backbone_heads": (
        "{network} has {count} classification layers. Only networks with one such head can be fine-tuned.",
        "{network} 有 {count} 个输出类别的层，只能微调有一个分类头的网络。",
    ),
    "recipe_no_json": (
        "This is not a recipe: it must be a JSON object with the fields of recipe.json.",
        "这不是训练配方：应当是一个 JSON 对象，字段与 recipe.json 相同。",
    ),
    "recipe_no_file": (
        "“{name}” is neither a recipe ({allowed}) nor a readable file.",
        "“{name}”既不是配方名（{allowed}），也不是可以读取的文件。",
    ),
    "recipe_newer": (
        "This recipe has version {version}; this version of Residual Explorer reads up to {known}. Update the app.",
        "这份配方的版本是 {version}，当前程序最高只能读取版本 {known}。请升级本程序。",
    ),
    "recipe_unknown_field": (
        "Recipes have no field “{field}”. Allowed fields: {allowed}.",
        "配方里没有字段“{field}”。现有字段：{allowed}。",
    ),
    # the command line
    "image_size": (
        "The image size {size} is not between {smallest} and {largest} pixels.",
        "图片尺寸 {size} 不在 {smallest} 到 {largest} 像素之间。",
    ),
    "only_for_own": (
        "{option} is for a checkpoint of your own, not for “{weights}”. Leave it out, or give a file as --weights.",
        "{option} 只用于自己的检查点，不用于“{weights}”。请去掉它，或用 --weights 给出文件。",
    ),
    "seed": (
        "The seed {seed} is not between 0 and 2^63 - 1.",
        "随机种子 {seed} 不在 0 到 2^63 - 1 之间。",
    ),
    "trace_over_input": (
        "{file} is an input of this command and would be overwritten. Give --out another name.",
        "{file} 是这条命令的输入文件，会被覆盖。请给 --out 另取一个名字。",
    ),
    "trace_unwritable": (
        "{file} cannot be written to {folder}. Check that the folder exists, has free space, and that you have write permission.",
        "无法把 {file} 写入 {folder}。请确认文件夹存在、有空间，并且有写入权限。",
    ),
    # runs on disk, and who trains them
    "run_pictures_gone": (
        "The decoded test images of “{run}” are no longer on this machine. Start any run on the same data to restore them.",
        "“{run}”的测试图片（解码后的缓存）已不在本机。用同样的数据开始任意一次训练即可恢复。",
    ),
    "run_no_picture": (
        "“{run}” has {count} test images; there is no number {number}. Choose one from its gallery.",
        "“{run}”有 {count} 张测试图片，没有编号 {number}。请在它的图库中选择。",
    ),
    "run_unknown": (
        "There is no run “{run}”. Choose one from the list of runs.",
        "没有名为“{run}”的训练。请从训练列表中选择。",
    ),
    "run_no_recipe": (
        "{run} is not a run of Residual Explorer: it has no recipe.json. It is left unchanged.",
        "{run} 不是本程序的训练文件夹：其中没有 recipe.json。它会保持原样。",
    ),
    "run_unreadable": (
        "{run} cannot be read ({reason}). Check that you have permission to read the folder and its files.",
        "无法读取 {run}（{reason}）。请确认有权限读取这个文件夹及其文件。",
    ),
    "run_unwritable": (
        "Nothing can be written to {folder} ({reason}). Check for free space and write permission; everything saved before is intact.",
        "无法写入 {folder}（{reason}）。请确认有空间并且有写入权限；此前保存的内容完好。",
    ),
    "run_exists": (
        "A run called “{run}” already exists there. Delete it first.",
        "那里已经有名为“{run}”的训练。请先删除它。",
    ),
    "run_held": (
        "{run} is running (process {pid}). Stop it first.",
        "{run} 正在训练（进程 {pid}）。请先停止它。",
    ),
    "run_queue_held": (
        "Another process has held the queue in {folder} for ten seconds. Try again.",
        "另一个进程占用 {folder} 中的队列已超过十秒。请重试。",
    ),
    "run_checkpoint_broken": (
        "The checkpoint {file} is missing, truncated or damaged. Resume from an earlier one, or start again.",
        "检查点 {file} 缺失、不完整或已损坏。请从更早的检查点继续，或重新开始。",
    ),
    "run_fell_back": (
        "The last checkpoint was damaged; the run resumed from the one before.",
        "最后一个检查点已损坏；训练从前一个检查点继续。",
    ),
    "run_crashed": (
        "Training failed because of a bug. See log.txt; resume the run, or report the bug.",
        "训练因程序错误而中断，详情见 log.txt。可以继续训练，或报告这个错误。",
    ),
    "run_queue_full": (
        "The queue is full ({limit} runs, EXPLORER_MAX_QUEUED). Try again when a run has started.",
        "队列已满（{limit} 次训练，EXPLORER_MAX_QUEUED）。请等其中一个开始后再试。",
    ),
    "run_too_many_epochs": (
        "{epochs} epochs exceed the limit of {limit} (EXPLORER_MAX_EPOCHS). Choose fewer.",
        "{epochs} 轮超过了这里允许的 {limit} 轮（EXPLORER_MAX_EPOCHS）。请减少轮数。",
    ),
    "run_limit": (
        "The environment variable {name} is “{value}”; it must be a non-negative number.",
        "环境变量 {name} 的值是“{value}”，应当是不小于 0 的数。",
    ),
    "run_device_busy": (
        "{device} is busy and has no room for this run; currently training: {runs}. Wait, or stop one of these. On a CPU, several runs fit if each uses fewer threads.",
        "{device} 上没有余量给这次训练，正在训练：{runs}。请等待，或先停止其中一个。在 CPU 上，给每次训练少分一些线程，就可以同时进行几次。",
    ),
    "run_path_long": (
        "The path of {folder} is too long for Windows, whose limit for a file's full path is 260 characters. Move it to a path of at most {limit} characters, or set EXPLORER_RUNS to such a folder.",
        "{folder} 的路径太长：Windows 规定一个文件的完整路径不超过 260 个字符。请把它移到路径不超过 {limit} 个字符的位置，或用 EXPLORER_RUNS 指定这样的文件夹。",
    ),
    "run_not_running": (
        "{run} is not running: nothing to stop.",
        "{run} 没有在训练，无需停止。",
    ),
    "run_finished": (
        "This run has finished all {epochs} epochs. To continue, increase the number of epochs.",
        "这次训练的 {epochs} 轮已全部完成。如需继续，请增加轮数。",
    ),
    # while it learns
    "data_skipped": (
        "Unreadable files, skipped: {count}. First: {first} …",
        "有 {count} 个文件无法读取，已略过，例如 {first} ……",
    ),
    "data_began_again": (
        "The run began again: an image could not be read, or was larger than the first one, so it was decided anew "
        "which images take part, and at which size.",
        "训练重新开始了一次：有图片无法读取，或者比第一张大，因此重新确定了参与训练的图片及其尺寸。",
    ),
    "data_repeated": (
        "Test images that are also training images: {count}. The test accuracy is too optimistic.",
        "有 {count} 张测试图片也在训练图片中，测试准确率会偏高。",
    ),
    "diverged": (
        "The loss is NaN or infinite (epoch {epoch}, step {iteration}, learning rate {lr:g}). Start again with a lower learning rate.",
        "损失变成了 NaN 或无穷大（第 {epoch} 轮，第 {iteration} 步，学习率 {lr:g}）。请用更小的学习率重新开始。",
    ),
    "out_of_memory": (
        "A batch of {batch_size} does not fit into GPU memory; {fits} would. Resume with that batch size, or choose a smaller image size.",
        "批大小 {batch_size} 超出显存，减到 {fits} 即可。请用它继续，或缩小图片尺寸。",
    ),
    "too_few_gpus": (
        "{processes} processes were started on one machine, and it has GPUs for {gpus} only. Start as many as there are GPUs (--nproc_per_node), or train with --device cpu.",
        "在一台机器上启动了 {processes} 个进程，而它只有 {gpus} 块 GPU。请让进程数（--nproc_per_node）不超过 GPU 数，或用 --device cpu 训练。",
    ),
    "gpu_failed": (
        "The GPU failed ({reason}). Check it with nvidia-smi, then resume: the last checkpoint is intact, and predictions are computed on the CPU.",
        "GPU 出错（{reason}）。请用 nvidia-smi 检查后继续：最后一个检查点完好，预测仍在 CPU 上进行。",
    ),
    "no_docstrings": (
        "Python was started with -OO or PYTHONOPTIMIZE=2, which removes docstrings; without them Altair cannot draw charts. Start without this option, or with -O.",
        "Python 是用 -OO 或 PYTHONOPTIMIZE=2 启动的，会去掉文档字符串，而没有它们 Altair 无法画图。请不带这个选项启动，或改用 -O。",
    ),
    "torch_library": (
        "PyTorch cannot be loaded because Windows lacks a library ({reason}). Install Microsoft's Visual C++ runtime, https://aka.ms/vs/17/release/vc_redist.x64.exe, then start again.",
        "无法载入 PyTorch：Windows 缺少一个运行库（{reason}）。请安装微软的 Visual C++ 运行库 https://aka.ms/vs/17/release/vc_redist.x64.exe，再重新启动。",
    ),
    # a graphics card that is there and not used
    "gpu_cpu_build": (
        "This machine has a {name}, but the installed PyTorch was built without CUDA, so everything runs on the CPU. Stop this app (Ctrl-C) and all training, install the matching build, then start again: {command}",
        "本机有显卡 {name}，但安装的 PyTorch 不带 CUDA，所以一切都在 CPU 上计算。请先停止训练并关闭本应用（Ctrl-C），安装对应的版本，再重新启动：{command}",
    ),
    "gpu_other_build": (
        "This machine has a {name} (driver {driver}), which cannot run PyTorch's build for CUDA {cuda}, so everything runs on the CPU. Stop this app (Ctrl-C) and all training, install the matching build, then start again: {command}",
        "本机有显卡 {name}（驱动 {driver}），但它无法运行为 CUDA {cuda} 构建的 PyTorch，所以一切都在 CPU 上计算。请先停止训练并关闭本应用（Ctrl-C），安装对应的版本，再重新启动：{command}",
    ),
    "gpu_driver": (
        "This machine has a {name}, but its driver ({driver}) is too old for PyTorch {torch}, so everything runs on the CPU. Update the driver (www.nvidia.com/drivers), then start again.",
        "本机有显卡 {name}，但驱动（{driver}）对 PyTorch {torch} 来说太旧，所以一切都在 CPU 上计算。请更新驱动（www.nvidia.com/drivers），再重新启动。",
    ),
    "gpu_hidden": (
        "This machine has a {name}, but the environment variable CUDA_VISIBLE_DEVICES hides it from PyTorch, so everything runs on the CPU. Unset the variable, then start again: {command}",
        "本机有显卡 {name}，但环境变量 CUDA_VISIBLE_DEVICES 让 PyTorch 看不到它，所以一切都在 CPU 上计算。请删除这个变量，再重新启动：{command}",
    ),
    "gpu_too_old": (
        "This machine has a {name}, but no build of PyTorch {torch} supports a card this old, so everything runs on the CPU.",
        "本机有显卡 {name}，但 PyTorch {torch} 的任何版本都不再支持这么旧的显卡，所以一切都在 CPU 上计算。",
    ),
    "gpu_too_new": (
        "This machine has a {name}, but PyTorch {torch} is older than this card and does not support it, so everything runs on the CPU. Stop this app (Ctrl-C) and all training, install a newer version as described on pytorch.org, then start again.",
        "本机有显卡 {name}，但 PyTorch {torch} 早于这款显卡，不支持它，所以一切都在 CPU 上计算。请先停止训练并关闭本应用（Ctrl-C），按 pytorch.org 的说明安装更新的版本，再重新启动。",
    ),
    "gpu_fails": (
        "This machine has a {name} (driver {driver}), but PyTorch cannot use it ({reason}), so everything runs on the CPU. Check that the driver responds: {command}",
        "本机有显卡 {name}（驱动 {driver}），但 PyTorch 无法使用它（{reason}），所以一切都在 CPU 上计算。请检查驱动是否正常：{command}",
    ),
    "memory_full": (
        "Out of memory. Close other programs, or use fewer or smaller images or a smaller batch; then resume.",
        "内存不足。请关闭其他占用内存的程序，或减少图片、缩小图片尺寸、减小批大小，然后继续。",
    ),
    "checkpoint_not_of_run": (
        "The checkpoint does not match the run's recipe: its network, classes or optimiser differ. Start again.",
        "检查点与这次训练的配方不符：网络、类别或优化器不同。请重新开始。",
    ),
    "figure_suffix": (
        "This figure cannot be written as “{file}”. Allowed suffixes: {allowed}.",
        "这幅图不能写成“{file}”这样的文件。可用的后缀：{allowed}。",
    ),
    "figure_block": (
        "{network} has no block called {block}. Choose one of: {allowed}.",
        "{network} 没有名为 {block} 的残差块。可选：{allowed}。",
    ),
    "figure_no_window": (
        "Block {block} of {network} has no convolution or pooling whose window could be drawn.",
        "{network} 的块 {block} 里没有可以画出窗口的卷积或池化。",
    ),
    "figure_plain": (
        "The figure {figure} is about shortcuts, and {network} has none. Use --network {twin}.",
        "图 {figure} 讲的是捷径，而 {network} 没有捷径。请改用 --network {twin}。",
    ),
    "paths_no_chain": (
        "The blocks of {network} are not in one row, so the gradient along single paths cannot be measured.",
        "{network} 的块不是排成一列的，无法测量沿单条路径的梯度。",
    ),
    "figure_count": (
        "A figure can use 2 to 10,000 images, not {count}.",
        "一幅图可以使用 2 到 10,000 张图片，不能是 {count} 张。",
    ),
    # sweeps: many runs as one
    "sweep_empty": (
        "None of the backbones {backbones} has the weights {weights}. Choose others.",
        "骨干网络 {backbones} 都没有权重 {weights}。请另选。",
    ),
    "sweep_size": (
        "A comparison may have 1 to {limit} runs, not {count}. Choose fewer backbones, weights, sizes or seeds.",
        "一次对比可以有 1 到 {limit} 次训练，不能是 {count} 次。请减少骨干网络、权重、尺寸或随机种子。",
    ),
    "sweep_other": (
        "{folder} already holds another comparison, “{name}”, with {count} runs and other recipes. Use the same options to continue it, or choose another folder.",
        "{folder} 里已经有另一个对比“{name}”，共 {count} 次训练，配方不同。要继续它，请使用相同的选项；否则请换一个文件夹。",
    ),
    "sweep_queue_full": (
        "{left} runs do not fit into the queue, which holds at most {limit} (EXPLORER_MAX_QUEUED). Add them when others have started.",
        "队列已满：最多排 {limit} 次训练（EXPLORER_MAX_QUEUED），还有 {left} 次放不下。请等前面的开始后再加入。",
    ),
    "sweep_grid": (
        "“{given}” is not a valid grid axis. Write FIELD=VALUE,VALUE with a field of the recipe, such as lr=0.01,0.1.",
        "“{given}”不是网格的一个维度。请写成“字段=值,值”，例如 lr=0.01,0.1；字段是配方里的名字。",
    ),
    # a public server
    "public_path": (
        "On this public server, the {field} of a recipe cannot be a file or folder. Choose from the list, or upload a zip of your own images.",
        "这是公共服务器，配方的 {field} 不能是文件或文件夹路径。请从列表中选择，或上传自己图片的 zip。",
    ),
    "public_safetensors": (
        "{file} is not a safetensors file, and this public server reads no other: a .pt or .pth file is a pickle. Convert it where you trained, in Python: {code}",
        "{file} 不是 safetensors 文件，而这台公共服务器只读取这种格式：.pt 和 .pth 文件是 pickle。请在训练所用的机器上用 Python 转换：{code}",
    ),
    "public_room": (
        "You already have {count} runs queued or running; limit: {limit} per visitor (EXPLORER_MAX_PER_VISITOR). Try again when one has finished.",
        "你已有 {count} 次训练在排队或进行，每位访客最多 {limit} 次（EXPLORER_MAX_PER_VISITOR）。请等其中一个结束后再试。",
    ),
    "public_disk": (
        "Your runs have used up the {limit_mb} MB of disk space per visitor on this server (EXPLORER_MAX_DISK_MB). Delete one of them.",
        "你的训练已占满本服务器给每位访客的 {limit_mb} MB 磁盘空间（EXPLORER_MAX_DISK_MB）。请删除其中一个。",
    ),
    "public_kept": (
        "From epoch {epoch} on, no more checkpoints are kept for forking: your runs have used up the {limit_mb} MB of disk space per visitor (EXPLORER_MAX_DISK_MB).",
        "从第 {epoch} 轮起不再保留可供分叉的检查点：你的训练已占满本服务器给每位访客的 {limit_mb} MB 磁盘空间（EXPLORER_MAX_DISK_MB）。",
    ),
    # on a cluster
    "cluster_no_ray": (
        "Ray is not installed, so only this machine can train. Install the optional dependency: pip install -r requirements-scale.txt",
        "没有安装 Ray，只能在本机训练。Ray 是可选组件：pip install -r requirements-scale.txt",
    ),
    "cluster_unreachable": (
        "The Ray cluster at {address} cannot be used: {reason}. Is it running, and is this machine one of its nodes?",
        "无法使用 {address} 上的 Ray 集群：{reason}。请检查集群是否在运行，本机是否已作为节点加入。",
    ),
    "cluster_driven": (
        "Another process is already submitting “{name}” to a cluster. Stop that process first.",
        "另一个进程正在把“{name}”提交到集群，请先停止它。",
    ),
    "cluster_no_gpu": (
        "The recipe requires a GPU, but no node of the cluster has one. Set the device to auto or cpu.",
        "配方要求使用 GPU，但集群中没有带 GPU 的节点。请把设备改为 auto 或 cpu。",
    ),
    "cluster_lost": (
        "The run lost its worker on the cluster {times} times without a new checkpoint ({reason}). Possibly a node has too little memory: use a smaller batch size, or resume when the cluster works again.",
        "这次训练在集群上连续 {times} 次失去工作进程，其间没有新的检查点（{reason}）。可能是节点内存不足：请减小批大小，或等集群恢复后再继续。",
    ),
    "cluster_moved": (
        "A node was lost. The run continues on another node from its last checkpoint.",
        "有一个节点丢失，训练已从最近的检查点在其他节点上继续。",
    ),
    "preset_unknown": (
        "There is no preprocessing {preset}. Choose one of: {allowed}.",
        "没有名为 {preset} 的预处理。可选：{allowed}。",
    ),
    "labels_count": (
        "The network has {classes} outputs, but {got} labels were given. Give one label for each output, in their order.",
        "网络有 {classes} 个输出，却给了 {got} 个类名。请按输出的顺序，每个输出给一个类名。",
    ),
    "input_shape": (
        "The tensor has the shape {got}. Give one picture: (1, channels, height, width), with the channels of the network and normalised as it expects.",
        "张量的形状是 {got}。请给一张图片：(1, 通道数, 高, 宽)，通道数与网络一致，并按网络的要求归一化。",
    ),
    "input_values": (
        "The tensor cannot be shown: it is sparse, complex or on the meta device, or some values are NaN or infinite. Give "
        "finite values.",
        "无法显示这个张量：它是稀疏的、复数的、在 meta 设备上，或含有 NaN 或无穷大。请给有限的数值。",
    ),
    "picture_kind": (
        "A {kind} is not a picture. Give a file, a PIL image, the id of one of the app's pictures, or a tensor "
        "(1, channels, height, width).",
        "{kind} 不是图片。请给一个文件、PIL 图片、应用自带图片的名称，或张量 (1, 通道数, 高, 宽)。",
    ),
    "language_unknown": (
        "There is no language {given}. Choose one of: {allowed}.",
        "没有语言 {given}。可选：{allowed}。",
    ),
    "module_not_followed": (
        "This {kind} cannot be followed line by line: {reason}",
        "无法逐行跟随这个 {kind}：{reason}",
    ),
    "module_output": (
        "The module's output has the shape {shape}. It has to be one row of logits: (1, {classes}).",
        "模块输出的形状是 {shape}。它应当是一行 logits：(1, {classes})。",
    ),
    "module_random": (
        "This {kind} cannot be followed line by line: its calls, one by one, do not give what the module returns.",
        "无法逐行跟随这个 {kind}：逐个调用得到的结果与模块的返回值不同。",
    ),
    # a network in the user's own file
    "own_public": (
        "A network in a Python file opens only from this machine's own command line, not on a public server (EXPLORER_PUBLIC).",
        "Python 文件里的网络只能从本机的命令行打开，不能在公开服务器（EXPLORER_PUBLIC）上打开。",
    ),
    "own_missing": (
        "There is no Python file {file}. Give its path, and after a colon the network's name if it has several: my_net.py:Net.",
        "找不到 Python 文件 {file}。请给出文件路径；如果文件里有多个网络，再在冒号后写网络的名字：my_net.py:Net。",
    ),
    "own_import": (
        '{file}, line {line}, when the file is imported: {reason}. Code that trains or reads data belongs under if __name__ == "__main__":',
        '{file} 第 {line} 行，导入文件时出错：{reason}。训练和读数据的代码请放在 if __name__ == "__main__": 下面。',
    ),
    "own_syntax": (
        "{file}, line {line}, is not Python: {reason}",
        "{file} 第 {line} 行不符合 Python 语法：{reason}",
    ),
    "own_build": (
        "{file}, line {line}, when {name} is built: {reason}",
        "{file} 第 {line} 行，构建 {name} 时出错：{reason}",
    ),
    "own_forward": (
        "{file}, line {line}, in a forward pass of {name} on an input of {size}: {reason}",
        "{file} 第 {line} 行，{name} 对大小为 {size} 的输入做前向计算时出错：{reason}",
    ),
    "own_forward_size": (
        "{file}, line {line}, in a forward pass of {name} on an input of {size}: {reason}. If it needs another size, say so in the file: SIZE = (height, width).",
        "{file} 第 {line} 行，{name} 对大小为 {size} 的输入做前向计算时出错：{reason}。如果网络需要其他大小，请在文件里写明：SIZE = (高, 宽)。",
    ),
    "own_exits": (
        '{file}, line {line}, ends the program. Put what is for the command line or for training under if __name__ == "__main__":',
        '{file} 第 {line} 行结束了程序。请把命令行和训练的代码放在 if __name__ == "__main__": 下面。',
    ),
    "own_memory_line": (
        "{file}, line {line}, asks for more memory than there is for it (EXPLORER_OWN_MEMORY_MB): {reason}",
        "{file} 第 {line} 行要的内存超过了上限（EXPLORER_OWN_MEMORY_MB）：{reason}",
    ),
    "own_no_super": (
        "{file}, line {line}: {name}.__init__ has to call super().__init__() before it assigns layers.",
        "{file} 第 {line} 行：{name}.__init__ 必须先调用 super().__init__()，再给层赋值。",
    ),
    "own_no_package": (
        "{file}, line {line}, imports {name}, which is not installed here: pip install it, or put {name}.py beside the file.",
        "{file} 第 {line} 行导入了 {name}，但这里没有安装：请用 pip 安装，或把 {name}.py 放在同一个文件夹里。",
    ),
    "own_needs": (
        "{file}, line {line}: {name} needs arguments ({arguments}). Say them: {example}",
        "{file} 第 {line} 行：{name} 需要参数（{arguments}）。请写明：{example}",
    ),
    "own_arguments": (
        "{spec} is not understood. After {file}: comes a name of the file, and arguments that are literals or names, as in Net(num_blocks=3).",
        "无法理解 {spec}。{file}: 后面应是文件里的名字，参数只能是字面量或名字，例如 Net(num_blocks=3)。",
    ),
    "own_no_name": (
        "{file} has no {name}. Its networks: {names}.",
        "{file} 里没有 {name}。其中的网络：{names}。",
    ),
    "own_not_module": (
        "{file}: {name} is or returns a {kind}, not an nn.Module.",
        "{file}：{name} 是（或返回）{kind}，而不是 nn.Module。",
    ),
    "own_none": (
        "{file} has no network: no nn.Module object, no class of it, and no function without arguments that returns one.",
        "{file} 里没有网络：没有 nn.Module 的对象或子类，也没有返回它的无参数函数。",
    ),
    "own_which": (
        "{file} has several networks: {names}. Say which one: {example}",
        "{file} 里有多个网络：{names}。请指明一个，例如 {example}",
    ),
    "own_scripted": (
        "{file}: {name} was compiled by torch.jit, so its lines cannot be followed. Give the module before it is compiled.",
        "{file}：{name} 已由 torch.jit 编译，无法逐行跟随。请给出编译之前的模块。",
    ),
    "own_time": (
        '{file}, line {line}: not finished after {limit:.0f} s (EXPLORER_OWN_SECONDS). Is that an endless loop, or training, which belongs under if __name__ == "__main__":?',
        '{file} 第 {line} 行：{limit:.0f} 秒后仍未结束（EXPLORER_OWN_SECONDS）。是死循环吗？如果是训练，请放在 if __name__ == "__main__": 下面。',
    ),
    "own_memory": (
        "{file}, line {line}: its process took more than {limit} MB of memory (EXPLORER_OWN_MEMORY_MB) and was stopped.",
        "{file} 第 {line} 行：进程占用的内存超过 {limit} MB（EXPLORER_OWN_MEMORY_MB），已停止。",
    ),
    "own_crash": (
        "{file}, line {line}: the process that runs the file ended (exit code {code}).",
        "{file} 第 {line} 行：运行该文件的进程已结束（退出码 {code}）。",
    ),
    "own_output": (
        "{file}: the network returns {output}. One row of logits for each picture is needed, (pictures, classes): as a tensor, or in a dict or tuple.",
        "{file}：网络返回的是 {output}。需要每张图片一行 logits，即 (图片数, 类别数)：可以是张量，也可以放在字典或元组里。",
    ),
    "own_not_torch": (
        "{file}: the output does not come from the input by torch calls alone; numpy or .item() in between breaks the path. Use torch's functions there.",
        "{file}：输出不是只由 torch 的调用从输入算出的；中间的 numpy 或 .item() 打断了计算路径。请改用 torch 的函数。",
    ),
    "own_not_data": (
        "{file}: {what} is passed to a function of torch and cannot be taken out of the process that runs the file.",
        "{file}：{what} 被传给了 torch 的函数，无法从运行该文件的进程中取出。",
    ),
    "own_not_offered": (
        "{network} is a Python file of someone's own, and this app was not started with it. Start it so: residual-explorer my_net.py:Net",
        "{network} 是一个自己写的 Python 文件，启动应用时没有给出它。请这样启动：residual-explorer my_net.py:Net",
    ),
    "own_train_head": (
        "{file} cannot be fine-tuned: its last layer has to be an nn.Linear that gives the logits, and here that is {last}. Fine-tuning replaces that layer.",
        "{file} 不能微调：最后一层应当是输出 logits 的 nn.Linear，这里却是 {last}。微调要替换这一层。",
    ),
    "own_train_shared": (
        "{file} cannot be fine-tuned: the weights of its last layer {head} are used in another place as well, so it cannot be replaced.",
        "{file} 不能微调：最后一层 {head} 的权重还用在别处，不能替换。",
    ),
    "own_train_channels": (
        "{file} cannot be fine-tuned here: its input has {channels} channels, and the images of a data set have 3.",
        "{file} 不能在这里微调：它的输入有 {channels} 个通道，而数据集的图片是 3 个通道。",
    ),
    "own_train_size": (
        "{file} does not accept images of {px} × {px}. Its own input is {size}; fine-tuning takes square images of 32 to 224 px. nn.AdaptiveAvgPool2d(1) before the last layer accepts every size.",
        "{file} 不接受 {px} × {px} 的图片。它自己的输入是 {size}；微调用 32 到 224 像素的正方形图片。在最后一层前加 nn.AdaptiveAvgPool2d(1)，就能接受任意尺寸。",
    ),
    "own_train_classes": (
        "{file} cannot be fine-tuned: with another number of outputs in {head}, its code does not give one logit per class. Does it reshape them to {classes}?",
        "{file} 不能微调：{head} 换了输出个数之后，代码不再为每个类别给出一个 logit。代码里是否把形状写成了 {classes}？",
    ),
    "own_train_output": (
        "{file} cannot be fine-tuned: while it trains, it has to return the logits alone; it returns a {output}.",
        "{file} 不能微调：训练时应当只返回 logits，而它返回的是 {output}。",
    ),
    "own_changed": (
        "{file} was saved again. Reload the page to open it as it is now.",
        "{file} 已重新保存。请刷新页面，打开现在的版本。",
    ),
}
