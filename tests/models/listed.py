"""Reference values for each listed network: path of the head, number of residual connections."""

LISTED = {
    "resnet18": ("fc", 8),
    "resnet34": ("fc", 16),
    "resnet50": ("fc", 16),
    "resnet101": ("fc", 33),
    "resnet152": ("fc", 50),
    "resnext50_32x4d": ("fc", 16),
    "wide_resnet50_2": ("fc", 16),
    "vgg11_bn": ("classifier.6", 0),
    "googlenet": ("fc", 0),
    "densenet121": ("classifier", 0),
    "mobilenet_v2": ("classifier.1", 10),
    "mobilenet_v3_small": ("classifier.3", 6),
    "mobilenet_v3_large": ("classifier.3", 10),
    "efficientnet_b0": ("classifier.1", 9),
    "shufflenet_v2_x1_0": ("fc", 0),
    "squeezenet1_1": ("classifier.1", 0),
    "regnet_y_400mf": ("fc", 16),
    "convnext_tiny": ("classifier.2", 18),
    "vit_b_16": ("heads.head", 24),
    "swin_t": ("head", 24),
}
