// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "save/torchplugin.h"
#include "support/fixtures.h"

using namespace ravel;

// One answer holds for the whole process, so this program asks for one thing alone.
class TestTorchPlugin : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFileThatIsNoPluginIsASentence()
    {
        QTemporaryDir directory;
        const std::string path = directory.path().toStdString() + "/ravel_torch.so";
        writeBytes(path, std::vector<std::byte>(100));
        qputenv("RAVEL_PLUGIN_PATH", directory.path().toUtf8());
        QVERIFY(loadedTorchPlugin() == nullptr);
        for (int i = 0; i < 2; ++i) {
            const auto plugin = loadTorchPlugin();
            QVERIFY(!plugin);
            QCOMPARE(plugin.error().code, ErrorCode::Unsupported);
            QVERIFY2(plugin.error().message.find("LibTorch could not be loaded") == 0, plugin.error().message.c_str());
            QVERIFY(plugin.error().message.size() <= 300);
        }
        QVERIFY(loadedTorchPlugin() == nullptr);
    }
};

QTEST_GUILESS_MAIN(TestTorchPlugin)
#include "tst_torchplugin.moc"
