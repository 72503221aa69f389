// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "checkpoint/geometry.h"
#include "checkpoint/layerkind.h"
#include "pickletext.h"
#include "treebuild.h"

// Layers as their classes, or the names and shapes of their tensors, tell them; and what looks like one and is none.

using namespace ravel;
using namespace pickletext;

namespace {

struct Row {
    std::string name;
    std::vector<std::int64_t> shape;
    std::string storage = "FloatStorage";
};

std::unique_ptr<Built> stateDict(const std::vector<Row>& rows, const std::vector<Code>& more = {})
{
    std::vector<Code> items;
    int key = 0;
    for (const Row& row : rows) {
        std::int64_t numel = 1;
        for (const std::int64_t size : row.shape)
            numel *= size;
        items.push_back(text(row.name));
        items.push_back(tensor(storage(std::to_string(key++), numel, row.storage), 0, row.shape, contiguousStride(row.shape)));
    }
    if (more.empty())
        return buildFrom(orderedDict(items));
    std::vector<Code> outer { text("model"), orderedDict(items) };
    outer.insert(outer.end(), more.begin(), more.end());
    return buildFrom(dict(outer));
}

// "conv1 Conv2d?, bn1 BatchNorm?": modules in their order, "-" where nothing is known.
std::string shown(const Layers& layers)
{
    std::string text;
    for (const Layer& layer : layers.list) {
        text += std::string(text.empty() ? "" : ", ") + std::string(layer.name) + ' ' + (layer.kind.empty() ? "-" : layer.kind);
        text += layer.kind.empty() || !layer.isGuess ? "" : "?";
        text += layer.role.empty() ? "" : " (" + layer.role + ')';
    }
    return text;
}

std::string shown(const std::vector<Row>& rows) { return shown(tellLayers(stateDict(rows)->checkpoint)); }

} // namespace

class TestLayerKind : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void layersOfUsualModels_data();
    void sizesThatNoProductHolds()
    {
        const std::int64_t wide = std::int64_t { 9 } << 59;
        const auto built = buildFrom(orderedDict({ text("attn.in_proj_weight"), tensor(storage("0", 1, "ByteStorage"), 0, { 1, wide }, { 0, 0 }),
            text("attn.qkv.weight"), tensor(storage("1", 1, "ByteStorage"), 0, { 1, wide }, { 0, 0 }) }));
        QVERIFY(built->checkpoint.tensors[0].readable);
        QCOMPARE(shown(tellLayers(built->checkpoint)), std::string("attn -, attn.qkv Linear?"));
    }
    void layersOfUsualModels();
    void whatCouldBeSeveralThingsIsNone_data();
    void whatCouldBeSeveralThingsIsNone();
    void classesComeBeforeGuesses();
    void everyGuessHasAReason();
    void kindsOfTensorsAreGuessed();
    void theOptimizerKnowsHowManyParametersThereAre();
};

void TestLayerKind::layersOfUsualModels_data()
{
    QTest::addColumn<std::vector<Row>>("rows");
    QTest::addColumn<std::string>("layers");
    const auto row = [](const char* name, const std::vector<Row>& rows, const char* layers) { QTest::newRow(name) << rows << std::string(layers); };
    row("resnet", { { "conv1.weight", { 64, 3, 7, 7 } }, { "bn1.weight", { 64 } }, { "bn1.bias", { 64 } }, { "bn1.running_mean", { 64 } }, { "bn1.running_var", { 64 } },
                      { "bn1.num_batches_tracked", {}, "LongStorage" }, { "layer2.0.downsample.0.weight", { 128, 64, 1, 1 } },
                      { "layer2.0.downsample.1.weight", { 128 } }, { "layer2.0.downsample.1.bias", { 128 } }, { "layer2.0.downsample.1.running_mean", { 128 } },
                      { "layer2.0.downsample.1.running_var", { 128 } }, { "fc.weight", { 1000, 512 } }, { "fc.bias", { 1000 } } },
        "conv1 Conv2d?, bn1 BatchNorm?, layer2.0.downsample.0 Conv2d?, layer2.0.downsample.1 BatchNorm?, fc Linear?");
    row("vgg", { { "features.0.weight", { 64, 3, 3, 3 } }, { "features.0.bias", { 64 } }, { "features.2.weight", { 64, 64, 3, 3 } }, { "features.2.bias", { 64 } } },
        "features.0 Conv2d?, features.2 Conv2d?");
    row("decoder", { { "up.weight", { 64, 32, 4, 4 } }, { "up.bias", { 32 } }, { "deconv2.weight", { 32, 32, 4, 4 } }, { "net.0.weight", { 8, 16, 4, 4 } },
                       { "net.1.weight", { 16 } }, { "net.1.bias", { 16 } }, { "net.1.running_mean", { 16 } }, { "net.1.running_var", { 16 } } },
        "up ConvTranspose2d?, deconv2 ConvTranspose2d?, net.0 ConvTranspose2d?, net.1 BatchNorm?");
    row("torch transformer", { { "encoder.layers.0.self_attn.in_proj_weight", { 24, 8 } }, { "encoder.layers.0.self_attn.in_proj_bias", { 24 } },
                                 { "encoder.layers.0.self_attn.out_proj.weight", { 8, 8 } }, { "encoder.layers.0.self_attn.out_proj.bias", { 8 } },
                                 { "encoder.layers.0.linear1.weight", { 32, 8 } }, { "encoder.layers.0.linear1.bias", { 32 } }, { "encoder.layers.0.norm1.weight", { 8 } },
                                 { "encoder.layers.0.norm1.bias", { 8 } } },
        "encoder.layers.0.self_attn MultiheadAttention?, encoder.layers.0.self_attn.out_proj Linear?, encoder.layers.0.linear1 Linear?, encoder.layers.0.norm1 LayerNorm?");
    row("bert", { { "bert.embeddings.word_embeddings.weight", { 100, 8 } }, { "bert.embeddings.LayerNorm.weight", { 8 } }, { "bert.embeddings.LayerNorm.bias", { 8 } },
                    { "l.attention.self.query.weight", { 8, 8 } }, { "l.attention.self.query.bias", { 8 } }, { "l.attention.self.key.weight", { 8, 8 } },
                    { "l.attention.self.key.bias", { 8 } }, { "l.attention.self.value.weight", { 8, 8 } }, { "l.attention.self.value.bias", { 8 } } },
        "bert.embeddings.word_embeddings Embedding?, bert.embeddings.LayerNorm LayerNorm?, l.attention.self.query Linear? (query), "
        "l.attention.self.key Linear? (key), l.attention.self.value Linear? (value)");
    row("gpt-2", { { "wte.weight", { 100, 8 } }, { "wpe.weight", { 16, 8 } }, { "h.0.ln_1.weight", { 8 } }, { "h.0.ln_1.bias", { 8 } }, { "h.0.attn.c_attn.weight", { 8, 24 } },
                     { "h.0.attn.c_attn.bias", { 24 } }, { "h.0.attn.c_proj.weight", { 8, 8 } }, { "h.0.attn.c_proj.bias", { 8 } }, { "h.0.mlp.c_fc.weight", { 8, 32 } },
                     { "h.0.mlp.c_fc.bias", { 32 } } },
        "wte Embedding?, wpe Embedding?, h.0.ln_1 LayerNorm?, h.0.attn.c_attn Conv1D? (query, key and value), h.0.attn.c_proj Conv1D?, h.0.mlp.c_fc Conv1D?");
    row("nanogpt", { { "attn.c_attn.weight", { 24, 8 } }, { "attn.c_attn.bias", { 24 } }, { "attn.c_proj.weight", { 8, 8 } }, { "attn.c_proj.bias", { 8 } } },
        "attn.c_attn Linear? (query, key and value), attn.c_proj Linear?");
    row("llama", { { "embed_tokens.weight", { 100, 8 } }, { "l.self_attn.q_proj.weight", { 8, 8 } }, { "l.self_attn.k_proj.weight", { 4, 8 } },
                     { "l.self_attn.v_proj.weight", { 4, 8 } }, { "l.self_attn.o_proj.weight", { 8, 8 } }, { "l.mlp.gate_proj.weight", { 16, 8 } },
                     { "l.mlp.up_proj.weight", { 16, 8 } }, { "l.input_layernorm.weight", { 8 } }, { "l.post_attention_layernorm.weight", { 8 } } },
        "embed_tokens Embedding?, l.self_attn.q_proj Linear? (query), l.self_attn.k_proj Linear? (key), l.self_attn.v_proj Linear? (value), "
        "l.self_attn.o_proj Linear? (output), l.mlp.gate_proj Linear?, l.mlp.up_proj Linear?, l.input_layernorm RMSNorm?, l.post_attention_layernorm RMSNorm?");
    row("recurrent", { { "lstm.weight_ih_l0", { 32, 4 } }, { "lstm.weight_hh_l0", { 32, 8 } }, { "gru.weight_ih_l0", { 24, 4 } }, { "gru.weight_hh_l0", { 24, 8 } },
                         { "rnn.weight_ih_l0", { 8, 4 } }, { "rnn.weight_hh_l0", { 8, 8 } }, { "cell.weight_ih", { 32, 4 } }, { "cell.weight_hh", { 32, 8 } },
                         { "p.weight_ih_l0", { 32, 4 } }, { "p.weight_hh_l0", { 32, 3 } }, { "p.weight_hr_l0", { 3, 8 } } },
        "lstm LSTM?, gru GRU?, rnn RNN?, cell LSTMCell?, p LSTM?");
    row("convolutions of other dimensions", { { "conv.weight", { 8, 4, 3 } }, { "conv.bias", { 8 } }, { "c3.conv.weight", { 8, 4, 3, 3, 3 } }, { "group_norm.weight", { 8 } },
                                                { "group_norm.bias", { 8 } }, { "rms_norm.weight", { 8 } } },
        "conv Conv1d?, c3.conv Conv3d?, group_norm GroupNorm?, rms_norm RMSNorm?");
    row("weight norm", { { "conv.weight_g", { 8, 1, 1, 1 } }, { "conv.weight_v", { 8, 4, 3, 3 } }, { "conv.bias", { 8 } } }, "conv Conv2d?");
}

void TestLayerKind::layersOfUsualModels()
{
    QFETCH(std::vector<Row>, rows);
    QTEST(shown(rows), "layers");
}

void TestLayerKind::whatCouldBeSeveralThingsIsNone_data()
{
    QTest::addColumn<std::vector<Row>>("rows");
    const auto row = [](const char* name, const std::vector<Row>& rows) { QTest::newRow(name) << rows; };
    row("a matrix without bias", { { "thing.weight", { 8, 4 } } });
    row("a matrix of another name", { { "thing.codebook", { 8, 4 } } });
    row("a bias that fits neither side", { { "fc.weight", { 8, 4 } }, { "fc.bias", { 3 } } });
    row("a bias that is a matrix", { { "fc.weight", { 8, 4 } }, { "fc.bias", { 8, 1 } } });
    row("more than weight and bias", { { "fc.weight", { 8, 4 } }, { "fc.bias", { 8 } }, { "fc.scale", { 8 } } });
    row("a norm beside convolutions", { { "block.norm1.weight", { 8 } }, { "block.norm1.bias", { 8 } }, { "block.c.weight", { 8, 8, 3, 3 } } });
    row("a norm with nothing around it", { { "norm.weight", { 8 } }, { "norm.bias", { 8 } } });
    row("a layernorm without bias", { { "layer_norm.weight", { 8 } } });
    row("PReLU", { { "act.weight", { 8 } } });
    row("bilinear", { { "bilinear.weight", { 5, 4, 3 } }, { "bilinear.bias", { 5 } } });
    row("experts", { { "experts.weight", { 8, 16, 4 } } });
    row("square convolution of no name", { { "thing.weight", { 8, 8, 3, 3 } }, { "thing.bias", { 8 } } });
    row("six dimensions", { { "conv.weight", { 1, 1, 1, 1, 1, 1 } } });
    row("embed_out is no embedding", { { "embed_outer.weight", { 8, 4 } } });
    row("gates that do not fit", { { "lstm.weight_ih_l0", { 10, 4 } }, { "lstm.weight_hh_l0", { 10, 4 } } });
    row("running_mean alone", { { "bn.running_mean", { 8 } } });
    row("optimizer state", { { "state.0.exp_avg", { 8, 4 } }, { "state.0.exp_avg_sq", { 8, 4 } } });
    row("empty hidden size", { { "lstm.weight_ih_l0", { 0, 4 } }, { "lstm.weight_hh_l0", { 0, 0 } } });
}

void TestLayerKind::whatCouldBeSeveralThingsIsNone()
{
    QFETCH(std::vector<Row>, rows);
    const auto built = stateDict(rows);
    const Layers layers = tellLayers(built->checkpoint);
    for (const Layer& layer : layers.list)
        if (layer.name.find("norm1") != std::string_view::npos || rows.size() < 3 || layer.count == rows.size())
            QVERIFY2(layer.kind.empty(), shown(layers).c_str());
}

void TestLayerKind::classesComeBeforeGuesses()
{
    const Code linear = build(newObject(global("torch.nn.modules.linear", "Linear"), {}),
        dict({ text("_parameters"), orderedDict({ text("weight"), parameter(plainTensor("0")), text("bias"), parameter(plainTensor("1")) }) }));
    const Code mine = build(newObject(global("net", "Attention"), {}), dict({ text("_parameters"), orderedDict({ text("weight"), parameter(plainTensor("2")) }) }));
    const auto built = buildFrom(build(newObject(global("net", "Net"), {}), dict({ text("_modules"), orderedDict({ text("embedding"), linear, text("a"), mine }) })));
    const Layers layers = tellLayers(built->checkpoint);
    QCOMPARE(shown(layers), std::string("_modules.embedding Linear, _modules.a Attention"));
    QCOMPARE(layers.list[0].reason, std::string("its class is torch.nn.modules.linear.Linear"));
}

void TestLayerKind::everyGuessHasAReason()
{
    const auto built = stateDict({ { "fc.weight", { 5, 10 } }, { "fc.bias", { 5 } } });
    const Layers layers = tellLayers(built->checkpoint);
    QVERIFY(layers.list[0].isGuess);
    QCOMPARE(layers.list[0].reason, std::string("its weight [5, 10] has a row for each of 5 biases"));
    QCOMPARE(layers.layerOf, (std::vector<std::uint32_t> { 0, 0 }));
}

void TestLayerKind::kindsOfTensorsAreGuessed()
{
    const auto built = stateDict({ { "fc.weight", { 5, 10 } }, { "fc.bias", { 5 } }, { "position_ids", { 1, 8 }, "LongStorage" }, { "rotary.inv_freq", { 4 } },
        { "thing", { 3 } }, { "mask", { 8 }, "BoolStorage" } });
    const Layers layers = tellLayers(built->checkpoint);
    std::string kinds;
    for (const KindGuess& guess : layers.kinds) {
        kinds += std::string(tensorKindName(guess.kind)) + ' ';
        QCOMPARE(guess.reason.empty(), guess.kind == TensorKind::Unknown);
    }
    QCOMPARE(kinds, std::string("parameter parameter buffer buffer unknown buffer "));
}

void TestLayerKind::theOptimizerKnowsHowManyParametersThereAre()
{
    for (const int listed : { 3, 4 }) {
        std::vector<Code> params;
        for (int i = 0; i < listed; ++i)
            params.push_back(number(i));
        const auto built = stateDict({ { "fc.weight", { 5, 10 } }, { "fc.bias", { 5 } }, { "scale", { 3 } } },
            { text("optimizer"), dict({ text("state"), dict({}), text("param_groups"), list({ dict({ text("lr"), real("0.1"), text("params"), list(params) }) }) }) });
        const Layers layers = tellLayers(built->checkpoint);
        QCOMPARE(layers.kinds[2].kind, listed == 3 ? TensorKind::Parameter : TensorKind::Unknown);
    }
}

QTEST_GUILESS_MAIN(TestLayerKind)
#include "tst_layerkind.moc"
