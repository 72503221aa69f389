// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are something else, or that cannot be read at all.
#include "checkpoint/checkpoint.h"
#include "support/memoryio.h"
#include "support/picklewriter.h"
#include "support/zipwriter.h"

#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace ravel;

namespace {

std::vector<std::byte> bytesOf(const QByteArray& text)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.constData());
    return { first, first + text.size() };
}

} // namespace

class TestLookalike : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isNamedForWhatItIs_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, QByteArray bytes, const char* says, bool padded = true) {
            QTest::newRow(name) << (padded ? bytes + QByteArray(400, '\3') : bytes) << QByteArray(says);
        };
        row("Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 4\n", "git lfs pull", false);
        row("HTML", "\n<!DOCTYPE html><html><body>404</body>", "HTML page", false);
        row("HTML, old", "<HTML><HEAD></HEAD>", "HTML page", false);
        row("XML", "<?xml version='1.0'?>", "XML", false);
        row("JSON", "{\"abc\": [1, 2]}", "JSON", false);
        row("JSON, with a bracket where a safetensors header has one", "{\n \"ab\":{\"c\": 1}}", "JSON", false);
        row("text", "Hello, this is no model.\n", "text", false);
        row("GGUF", "GGUF\3", "GGUF header: its version");
        row("ggml", "lmgg", "ggml");
        row("ggmf", "fmgg", "ggmf");
        row("ggjt", "tjgg", "ggjt");
        row("ggla", "algg", "adapter");
        row("ExecuTorch", QByteArray("\x1c\0\0\0ET12", 8), "ExecuTorch");
        row("TensorFlow Lite", QByteArray("\x1c\0\0\0TFL3", 8), "TensorFlow Lite");
        row("flatbuffer of a phone", QByteArray("\x1c\0\0\0PTMF", 8), "flatbuffer");
        row("ONNX", QByteArray("\x08\x07\x12\x07pytorch\x1a\x05" "2.0.1:", 20), "ONNX");
        row("ONNX of another producer", QByteArray("\x08\x08\x12\x0bskl2onnxabc\x1a", 16), "ONNX");
        row("Core ML", QByteArray("\x08\x04\x12\xff\x03\x0a\x1d\x0a\x05" "image", 14), "Core ML");
        row("SavedModel", QByteArray("\x08\x01\x12\xf2\x9a\x01\x0a\x11\x12\x03" "Add", 14), "SavedModel");
        row("TensorFlow checkpoint index", QByteArray("\0\0\x1d\x08\x01\x1a\x02\x08\x01\0\x1c_CHECKPOINTABLE_OBJECT_GRAPH", 39), "TensorFlow checkpoint");
        row("flax", "\x81\xa6params\x83\xa7" "Dense_0", "flax");
        row("msgpack", "\x82\xa5state\xc0\xa4" "step", "msgpack");
        row("config.json", "{\n  \"architectures\": [\"BertModel\"],\n  \"model_type\": \"bert\"\n}\n", "model.safetensors", false);
        row("tokenizer.json", "{\n  \"version\": \"1.0\", \"added_tokens\": []}", "tokenizer", false);
        row("an error in JSON", "{\"error\": \"Repository not found\"}", "download", false);
        row("Python", "import torch\nprint(1)\n", "Python source", false);
        row("Python, later", "# a comment\nimport torch\n", "Python source", false);
        row("model card", "---\nlicense: mit\n---\n# Model\n", "model card", false);
        row("LZ4", "\x04\x22\x4d\x18", "LZ4");
        row("RAR", "Rar!\x1a\x07", "RAR");
        row("PDF", "%PDF-1.4", "PDF");
        row("tar of torch 0.1", QByteArray("sys_info").leftJustified(257, '\0') + "ustar", "before version 0.2");
        row("HDF5", "\x89HDF\r\n\x1a\n", "HDF5");
        row("7z", "7z\xbc\xaf\x27\x1c", "7z");
        row("gzip", "\x1f\x8b\x08", "gunzip");
        row("bzip2", "BZh9", "bzip2");
        row("xz", QByteArray("\xfd" "7zXZ\0", 6), "xz");
        row("zstd", "\x28\xb5\x2f\xfd", "Zstandard");
        row("tar", QByteArray(257, 'x') + "ustar", "tar archive");
        row("PNG", "\x89PNG\r\n\x1a\n", "PNG");
        row("program", "\x7f" "ELF", "program");
        row("zeros", QByteArray(5000, '\0'), "zeros", false);
        row("broken zip", "PK\1\2", "zip");
        row("half an npy magic", "\x93NUMPX", "numpy");
        row("noise", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", "unknown format");
        row("one byte", "P", "too short", false);
        row("nothing", "", "empty", false);
    }
    void isNamedForWhatItIs()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, says);
        const auto opened = openBytes(bytesOf(bytes), "dir/model.pt");
        QVERIFY(!opened);
        const std::string& said = opened.error().message;
        QVERIFY2(said.starts_with("model.pt: "), said.c_str());
        QVERIFY2(said.find(says.constData()) != std::string::npos, said.c_str());
        QVERIFY(said.size() <= 300);
    }

    void aZipArchiveIsNamedForWhatItIs_data()
    {
        QTest::addColumn<std::string>("member");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("office document") << std::string("[Content_Types].xml") << QByteArray("office document");
        QTest::newRow("Keras") << std::string("model.weights.h5") << QByteArray("Keras");
        QTest::newRow("Java") << std::string("META-INF/MANIFEST.MF") << QByteArray("Java");
        QTest::newRow("TorchServe") << std::string("MAR-INF/MANIFEST.json") << QByteArray("TorchServe");
        QTest::newRow("torch.package") << std::string("net/.data/extern_modules") << QByteArray("torch.package");
        QTest::newRow("another") << std::string("folder/picture.raw") << QByteArray("'folder/picture.raw'");
    }
    void aZipArchiveIsNamedForWhatItIs()
    {
        QFETCH(std::string, member);
        QFETCH(QByteArray, says);
        ZipWriter zip;
        zip.addText(member, "x");
        const auto opened = openBytes(zip.finish(), "dir/model.pt");
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find(says.constData()) != std::string::npos, opened.error().message.c_str());
    }

    void aBarePickleIsReadAndNeverRun_data()
    {
        QTest::addColumn<QByteArray>("pickle");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("plain data") << QByteArray("\x80\x02}.") << QByteArray("no tensor");
        QTest::newRow("text protocol") << QByteArray("(dp0\nS'a'\np1\nI1\ns.") << QByteArray("no tensor");
        QTest::newRow("a call") << QByteArray("\x80\x02" "cposix\nsystem\n(X\4\0\0\0truetR.", 29) << QByteArray("posix.system");
        QTest::newRow("a call, text protocol") << QByteArray("cos\nsystem\n(S'true'\ntR.") << QByteArray("os.system");
        QTest::newRow("a call, then garbage") << QByteArray("cos\nsystem\n(S'true'\ntR\xff\xff") << QByteArray("os.system");
        QTest::newRow("scikit-learn") << QByteArray("\x80\x03" "csklearn.svm\nSVC\n)\x81}b.") << QByteArray("scikit-learn");
        QTest::newRow("joblib, which puts raw bytes between") << QByteArray("\x80\x03" "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}b\xff\xff\xff") << QByteArray("joblib wrote it");
        QTest::newRow("cut") << QByteArray("\x80\x02X\xff\0\0\0abc", 10) << QByteArray("pickle");
    }
    void aBarePickleIsReadAndNeverRun()
    {
        QFETCH(QByteArray, pickle);
        QFETCH(QByteArray, says);
        const auto opened = openBytes(bytesOf(pickle), "data.pkl");
        QVERIFY(!opened);
        const std::string& said = opened.error().message;
        QVERIFY2(said.starts_with("data.pkl: ") && said.find(says.constData()) != std::string::npos, said.c_str());
    }

    void sentencesAreCutAndEscaped()
    {
        const std::string name(1000, '\x1b');
        const auto opened = openBytes(bytesOf("Hello"), name);
        QVERIFY(!opened);
        QVERIFY(opened.error().message.find('\x1b') == std::string::npos);
        QVERIFY(opened.error().message.size() <= 300);
    }

    void aFolderWithoutAnIndexSaysWhatToOpen_data()
    {
        QTest::addColumn<QStringList>("names");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("other files") << QStringList { QStringLiteral("README.md"), QStringLiteral("config.json") } << QByteArray("without a checkpoint");
        QTest::newRow("checkpoints") << QStringList { QStringLiteral("b.safetensors"), QStringLiteral("a.pt") } << QByteArray("open 'a.pt', 'b.safetensors'");
        QTest::newRow("deeper") << QStringList { QStringLiteral("sub/a.pt") } << QByteArray("without a checkpoint");
    }
    void aFolderWithoutAnIndexSaysWhatToOpen()
    {
        QFETCH(QStringList, names);
        QFETCH(QByteArray, says);
        MemoryIo io;
        for (const QString& name : names)
            io.files["some/model/" + name.toStdString()] = bytesOf("x");
        for (const char* path : { "some/model", "some/model/", "some/model//" }) {
            const auto opened = openCheckpoint(path, io);
            QVERIFY(!opened);
            QVERIFY2(opened.error().message.starts_with("model: this is a directory"), opened.error().message.c_str());
            QVERIFY2(opened.error().message.find(says.constData()) != std::string::npos, opened.error().message.c_str());
        }
    }

    void whatIsNoFileIsRefused()
    {
        QTemporaryDir directory;
        const std::string fifo = directory.filePath(QStringLiteral("fifo.pt")).toStdString();
        QCOMPARE(mkfifo(fifo.c_str(), 0600), 0);
        for (const std::string& path : { fifo, directory.path().toStdString(), std::string("/dev/zero"), directory.path().toStdString() + "/missing.pt" }) {
            const auto opened = openCheckpoint(path);
            QVERIFY(!opened);
            QVERIFY2(opened.error().message.find(path.substr(path.rfind('/') + 1)) != std::string::npos, opened.error().message.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestLookalike)
#include "tst_lookalike.moc"
