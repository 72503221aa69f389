// SPDX-License-Identifier: GPL-3.0-or-later
// Zip archives whose members are checkpoints.
#include "checkpoint/checkpoint.h"
#include "support/ggufwriter.h"
#include "support/memoryio.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"
#include "support/words.h"

#include <QTest>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

const std::vector<FixtureStorage>& storages()
{
    static const std::vector<FixtureStorage> all { storageOf<float>(Dtype::Float32, { 0, 1.5f, -2 }), storageOf<std::int64_t>(Dtype::Int64, { 7, -8 }) };
    return all;
}
const std::vector<FixtureTensor>& tensors()
{
    static const std::vector<FixtureTensor> all { { "fc.weight", 0, { 3 } }, { "steps", 1, { 2 } } };
    return all;
}

Bytes torchBytes(const TorchZipOptions& options = {}) { return torchZipBytes(storages(), tensors(), options); }

struct Member {
    std::string name;
    Bytes bytes;
    ZipEntryOptions options {};
};

Bytes archiveOf(const std::vector<Member>& members)
{
    ZipWriter zip;
    for (const Member& member : members)
        zip.add(member.name, member.bytes, member.options);
    return zip.finish();
}

ZipEntryOptions deflated()
{
    ZipEntryOptions options;
    options.deflated = true;
    return options;
}

const Entry* rootEntry(const Checkpoint& checkpoint, std::string_view key)
{
    const Entry& root = checkpoint.entries[0];
    for (std::uint32_t i = 0; i < root.childCount; ++i)
        if (checkpoint.entries[root.firstChild + i].key.text == key)
            return &checkpoint.entries[root.firstChild + i];
    return nullptr;
}

std::string errorOf(const Bytes& bytes)
{
    const auto opened = openBytes(bytes, "model.zip");
    return opened ? "opens" : opened.error().message;
}

} // namespace

class TestNest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // A few megabytes of members may describe gigabytes of objects.
    void treesOfAllMembersTogetherAreBounded()
    {
        std::string numbers;
        for (int i = 0; i < 20'000; ++i)
            numbers += std::string("M\x2c\x01", 3);
        ZipWriter member;
        member.addText("archive/data.pkl", "\x80\x02](" + numbers + "e.");
        member.addText("archive/version", "3");
        const Bytes wide = member.finish();
        std::vector<Member> members;
        for (int i = 0; i < 12; ++i)
            members.push_back({ std::to_string(i) + ".pth", wide });
        Limits limits;
        limits.pickleMemory = 16 << 20;
        const auto opened = openBytes(archiveOf(members), "model.zip", limits);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE(rootEntry(**opened, "0.pth")->kind, EntryKind::List);
        QCOMPARE(rootEntry(**opened, "11.pth")->kind, EntryKind::Other);
        QVERIFY(says((*opened)->messages, "more memory than the limit"));
        QVERIFY(says((*opened)->messages, "'11.pth': it was not read, as several before it took"));
        QVERIFY((*opened)->entries.size() < 12 * 20'000);
    }

    void membersAreEntriesOfTheRoot()
    {
        const auto opened = openBytes(archiveOf({ { "data", textBytes("{\"a\": \"gASV\"}") }, { "policy.pth", torchBytes() },
            { "sub/old.pth", legacyBytes(storages(), tensors()) }, { "w.safetensors", safetensorsBytes(storages(), tensors()) },
            { "w.gguf", ggufBytes(storages(), tensors()) }, { "blob", textBytes(std::string_view("\1\2\0\3", 4)) } }));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Checkpoint& checkpoint = **opened;
        QVERIFY2(checkpoint.messages.empty(), checkpoint.messages.empty() ? "" : checkpoint.messages[0].c_str());
        QVERIFY(checkpoint.writable);
        QCOMPARE(rootEntry(checkpoint, "data")->kind, EntryKind::String);
        QCOMPARE(rootEntry(checkpoint, "data")->value, std::string("{\"a\": \"gASV\"}"));
        QCOMPARE(rootEntry(checkpoint, "blob")->kind, EntryKind::Other);
        QCOMPARE(rootEntry(checkpoint, "policy.pth")->kind, EntryKind::Dict);
        for (const std::string member : { "policy.pth", "sub/old.pth", "w.safetensors", "w.gguf" }) {
            const Tensor* weight = tensorNamed(checkpoint, member + ".fc.weight");
            QVERIFY2(weight, member.c_str());
            QVERIFY(weight->readable && weight->editable);
            QVERIFY(tensorBytes(checkpoint, *weight) == storages()[0].bytes);
            QVERIFY(tensorBytes(checkpoint, *tensorNamed(checkpoint, member + ".steps")) == storages()[1].bytes);
            QCOMPARE(checkpoint.entryPath(weight->entry).front().text, member);
            QCOMPARE(checkpoint.entryName(weight->entry), weight->name);
            QCOMPARE(&checkpoint.tensors[checkpoint.entries[weight->entry].tensor], weight);
            const Storage& storage = checkpoint.storages[weight->storage];
            QVERIFY(storage.id.key.starts_with(member + '/'));
            const Record& record = checkpoint.records[storage.record];
            QVERIFY(record.name.starts_with(member + '/'));
            QCOMPARE(checkpoint.records[record.outer].name, member);
            QCOMPARE(storage.offset->value, record.offset.value + storage.offsetInRecord.value);
        }
        QCOMPARE(checkpoint.tensors.size(), std::size_t(8));
    }

    void aTensorAloneIsNamedByItsMember()
    {
        const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}";
        const Bytes array = textBytes(std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header + "abcd");
        const auto opened = openBytes(archiveOf({ { "a.pth", torchBytes() }, { "array", array } }));
        QVERIFY(opened);
        const Tensor* tensor = tensorNamed(**opened, "array");
        QVERIFY(tensor && tensor->editable);
        QVERIFY(tensorBytes(**opened, *tensor) == textBytes("abcd"));
        QVERIFY(rootEntry(**opened, "array")->kind == EntryKind::Tensor);
        // where a member ends in .npy, the archive is numpy's
        QCOMPARE(openBytes(archiveOf({ { "a.npy", array } })).value()->container, std::string("npz"));
    }

    void deflatedMembersAreReadAndNotEdited()
    {
        TorchZipOptions inner;
        const Bytes plain = torchBytes(inner);
        inner.storages.deflated = true;
        const auto opened = openBytes(archiveOf({ { "policy.pth", plain, deflated() }, { "twice.pth", torchBytes(inner), deflated() } }));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Tensor* weight = tensorNamed(**opened, "policy.pth.fc.weight");
        QVERIFY(weight && weight->readable && !weight->editable);
        QVERIFY((*opened)->storages[weight->storage].reason.find("compressed") != std::string::npos);
        QVERIFY(!(*opened)->storages[weight->storage].offset);
        QVERIFY(tensorBytes(**opened, *weight) == storages()[0].bytes);
        const Tensor* twice = tensorNamed(**opened, "twice.pth.fc.weight");
        QVERIFY(twice && !twice->readable && !twice->editable);
        QVERIFY2(twice->reason.find("compressed in an archive that is compressed") != std::string::npos, twice->reason.c_str());
    }

    void aBadMemberDoesNotFailTheOthers()
    {
        Bytes cut = torchBytes();
        cut.resize(cut.size() / 2);
        const auto opened = openBytes(archiveOf({ { "cut.pth", cut }, { "good.pth", torchBytes() } }));
        QVERIFY(opened);
        QVERIFY(tensorNamed(**opened, "good.pth.fc.weight")->readable);
        QCOMPARE(rootEntry(**opened, "cut.pth")->kind, EntryKind::Other);
        QVERIFY(says((*opened)->messages, "cut.pth"));
        const std::string none = errorOf(archiveOf({ { "cut.pth", cut } }));
        QVERIFY2(none.starts_with("model.zip: no member of this zip archive is a checkpoint") && none.find("cut.pth") != std::string::npos, none.c_str());
    }

    void archivesAreOpenedOneLevelDeep()
    {
        const Bytes nested = archiveOf({ { "policy.pth", torchBytes() } });
        const auto opened = openBytes(archiveOf({ { "inner.zip", nested }, { "good.pth", torchBytes() } }));
        QVERIFY(opened);
        QCOMPARE((*opened)->tensors.size(), std::size_t(2));
        QVERIFY2(says((*opened)->messages, "one level of archives"), (*opened)->messages[0].c_str());
        QVERIFY(errorOf(archiveOf({ { "inner.zip", nested } })).find("one level") != std::string::npos);
    }

    void bombsAreNotInflated()
    {
        Bytes zeros = torchBytes();
        zeros.resize(zeros.size() + (8 << 20));
        const auto opened = openBytes(archiveOf({ { "bomb.pth", zeros, deflated() }, { "good.pth", torchBytes() } }));
        QVERIFY(opened);
        QVERIFY2(says((*opened)->messages, "ratio"), (*opened)->messages[0].c_str());
        Limits limits;
        limits.inflatedBytes = 3000;
        const Bytes torch = torchBytes();
        QVERIFY(torch.size() > 1000 && torch.size() < 3000);
        const auto together = openBytes(archiveOf({ { "a.pth", torch, deflated() }, { "b.pth", torch, deflated() }, { "c.pth", torch, deflated() } }), "m.zip", limits);
        QVERIFY(together);
        QVERIFY(says((*together)->messages, "all compressed members together"));
    }

    void whatAnInnerPickleWouldCallIsSaid()
    {
        ZipWriter bad;
        bad.add("archive/data.pkl", PickleWriter().op('}').text("x").global("posix", "system").op('(').text("true").op('t').op('R').op('s').finish());
        bad.addText("archive/version", "3");
        const auto opened = openBytes(archiveOf({ { "evil.pth", bad.finish() }, { "good.pth", torchBytes() } }));
        QVERIFY(opened);
        QVERIFY(says((*opened)->calls, "posix.system"));
        QVERIFY(says((*opened)->messages, "evil.pth") && says((*opened)->messages, "posix.system"));
    }

    void doubtsAboutAMemberMakeTheWholeReadOnly()
    {
        ZipWriter inner;
        Bytes doubtful = torchZipBytes(storages(), tensors(), {}, &inner);
        patch(doubtful, inner.places("archive/data/0").descriptor + 4, 1, 4); // differs from the directory
        const auto opened = openBytes(archiveOf({ { "a.pth", torchBytes() }, { "b.pth", doubtful } }));
        QVERIFY(opened && !(*opened)->writable);
        QVERIFY2((*opened)->readOnlyReason.find("b.pth") != std::string::npos, (*opened)->readOnlyReason.c_str());
    }
};

QTEST_GUILESS_MAIN(TestNest)
#include "tst_nest.moc"
