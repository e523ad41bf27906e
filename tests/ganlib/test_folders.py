"""A folder of files of any kind becomes squares of one size, and says what it left out."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ganlib import data, folders
from ganlib.folders import from_folder
from ganlib.support import image_archive, progress_bar

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def halves(left, right, size=(64, 64), mode="RGB"):
    """An image whose left half has one colour and whose right half has another."""
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def noise(rng, size=(40, 40)):
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))


def one(folder, **options):
    """The only image of a folder."""
    own = from_folder(folder, **{"size": 32} | options)
    assert len(own.images) == 1, own
    return np.array(own.images[0])


def colours(image):
    """The colours in the middle of the left and of the right half."""
    side = len(image)
    return tuple(image[side // 2, side // 4]), tuple(image[side // 2, 3 * side // 4])


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mine"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    "name", ["a.png", "a.bmp", "a.webp", "a.tiff", "a.gif", "a.ppm", "a", "a.txt"]
)
def test_formats_are_known_by_what_is_in_the_file(folder, name):
    path = folder / name
    form = {".bmp": "BMP", ".webp": "WEBP", ".tiff": "TIFF", ".gif": "GIF", ".ppm": "PPM"}
    options = {"lossless": True} if path.suffix == ".webp" else {}
    halves(RED, BLUE).save(path, form.get(path.suffix, "PNG"), **options)
    assert colours(one(folder)) == (RED, BLUE)


def test_a_jpeg_is_the_same_up_to_its_loss_and_a_large_one_is_read_small(folder):
    halves(RED, BLUE, (2048, 1536)).save(folder / "large.jpg", quality=95)
    left, right = colours(one(folder))
    np.testing.assert_allclose([left, right], [RED, BLUE], atol=4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_as_its_camera_says(folder, orientation):
    """Of a picture that is turned so that the tag undoes it, the upright one comes back."""
    upright = halves(RED, BLUE)
    upright.paste(GREEN, (0, 0, 64, 16))
    turns = Image.Transpose
    undo = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(folder / "a.png", exif=exif)
    image = one(folder)
    assert colours(image) == (RED, BLUE) and tuple(image[3, 16]) == GREEN


def test_grey_palette_one_bit_and_cmyk_become_rgb(folder):
    cases = {
        "L": halves(0, 200, mode="L"),
        "1": halves(0, 1, mode="1"),
        "P": halves(RED, BLUE).convert("P", palette=Image.Palette.ADAPTIVE),
        "CMYK": halves(RED, BLUE).convert("CMYK"),
        "YCbCr": halves((128,) * 3, (30, 128, 128), mode="YCbCr"),
    }
    wanted = {
        "L": ((0,) * 3, (200,) * 3),
        "1": ((0,) * 3, WHITE),
        "P": (RED, BLUE),
        "CMYK": (RED, BLUE),
        "YCbCr": ((128,) * 3, (30,) * 3),
    }
    for mode, image in cases.items():
        path = folder / f"{mode}.tiff"
        image.save(path)
        seen = colours(one(folder))
        np.testing.assert_allclose(seen, wanted[mode], atol=1, err_msg=mode)
        path.unlink()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(folder, mode):
    """Also where the invisible colour is another."""
    layer = halves((0, 0, 0, 255), (0, 0, 0, 0), mode="RGBA")
    if mode == "P":
        image = Image.new("P", (64, 64), 0)
        image.putpalette([0, 0, 0, 255, 0, 0])
        image.paste(1, (32, 0, 64, 64))
        image.save(folder / "a.png", transparency=1)
    else:
        layer.convert(mode).save(folder / "a.png")
    assert colours(one(folder)) == ((0, 0, 0), WHITE)


def test_half_transparent_is_mixed_with_white(folder):
    Image.new("RGBA", (64, 64), (0, 0, 0, 128)).save(folder / "a.png")
    np.testing.assert_allclose(one(folder), 127, atol=1)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.array([[0, 65535]], np.uint16), (0, 255)),
        (np.array([[257 * 10, 257 * 100]], np.uint16), (10, 100)),
        (np.array([[0, 65535]], np.int32), (0, 255)),
        (np.array([[0.0, 0.5]], np.float32), (0, 128)),
    ],
)
def test_sixteen_bits_and_floats_keep_their_grey_levels(folder, values, wanted):
    pixels = np.repeat(np.repeat(values, 64, 0), 32, 1)
    Image.fromarray(pixels).save(folder / "a.tiff")
    left, right = colours(one(folder))
    assert (left, right) == ((wanted[0],) * 3, (wanted[1],) * 3)


@pytest.mark.parametrize("values", [[[-1.0, 1.0]], [[0.0, 4096.0]]])
def test_floats_without_a_known_range_are_left_out(folder, values):
    pixels = np.repeat(np.repeat(np.array(values, np.float32), 64, 0), 32, 1)
    Image.fromarray(pixels).save(folder / "a.tiff")
    halves(RED, BLUE).save(folder / "b.png")
    assert from_folder(folder).left_out == {"a.tiff": "numbers of an unknown range"}


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(folder, form):
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, GREEN, BLUE)]
    path = folder / f"a.{form.lower()}"
    options = {"lossless": True} if form == "WEBP" else {}
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100, **options)
    assert colours(one(folder)) == (RED, RED)


def test_a_crop_takes_the_middle_and_a_pad_keeps_all(folder):
    image = Image.new("RGB", (120, 40), RED)
    image.paste(BLUE, (40, 0, 80, 40))
    image.save(folder / "wide.png")
    cropped = from_folder(folder, 32)
    assert (np.array(cropped.images[0])[:, 2:-2] == BLUE).all()  # at the edge the filter mixes
    assert cropped.facts["cut"] == pytest.approx(2 / 3) and "67% of the pixels" in repr(cropped)
    padded = from_folder(folder, 32, "pad")
    image = np.array(padded.images[0])
    assert tuple(image[0, 16]) == tuple(image[-1, 16]) == WHITE
    assert tuple(image[16, 2]) == RED and tuple(image[16, 16]) == BLUE
    assert padded.facts["cut"] == 0 and "padded with white" in repr(padded)


def bad_files(folder):
    """Files that cannot be used, and the reason that is to be given."""
    whole = io.BytesIO()
    noise(np.random.default_rng(0), (80, 80)).save(whole, "PNG")
    jpeg = io.BytesIO()
    noise(np.random.default_rng(1), (80, 80)).save(jpeg, "JPEG")
    (folder / "cut.png").write_bytes(whole.getvalue()[:5000])
    (folder / "cut.jpg").write_bytes(jpeg.getvalue()[:1500])
    spoiled = bytearray(whole.getvalue())
    spoiled[200:260] = bytes(60)
    (folder / "spoiled.png").write_bytes(spoiled)
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("no image")
    noise(np.random.default_rng(2), (31, 400)).save(folder / "narrow.png")
    # A header that promises 60,000 × 60,000 pixels.
    size = struct.pack(">II", 60_000, 60_000) + b"\x08\x02\x00\x00\x00"
    bomb = b"\x89PNG\r\n\x1a\n"
    for chunk in (b"IHDR" + size, b"IDAT" + zlib.compress(bytes(1000))):
        bomb += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (folder / "bomb.png").write_bytes(bomb)
    (folder / "page.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n")
    return {
        "cut.png": "damaged",
        "cut.jpg": "damaged",
        "spoiled.png": "damaged",
        "empty.jpg": "no image",
        "notes.txt": "no image",
        "page.eps": "no image",
        "narrow.png": "smaller than 32 × 32",
        "bomb.png": "too large to be opened safely",
    }


def test_bad_files_are_reported_and_not_fatal(folder, recwarn):
    wanted = bad_files(folder)
    halves(RED, BLUE).save(folder / "good.png")
    own = from_folder(folder)
    assert own.files == ("good.png",) and own.left_out == wanted
    assert len(recwarn) == 0
    lines = repr(own).splitlines()
    assert len(lines) == 3
    assert lines[0] == "1 images of 32 × 32; 0% of the pixels cut off"
    assert lines[1].startswith("8 files left out (damaged: 3, no image: 3, ")


def test_a_folder_with_nothing_to_use_says_why(folder):
    with pytest.raises(ValueError, match="is empty, but must hold image files"):
        from_folder(folder)
    noise(np.random.default_rng(0), (20, 20)).save(folder / "a.png")
    with pytest.raises(
        ValueError, match=r"\(smaller than 32 × 32: 1\)\. Take a smaller size than 32"
    ):
        from_folder(folder)
    assert len(from_folder(folder, 16).images) == 1


def test_copies_are_left_out_whatever_their_format(folder):
    image = noise(np.random.default_rng(0))
    image.save(folder / "a.png")
    image.save(folder / "b.bmp")
    (folder / "sub").mkdir()
    image.save(folder / "sub" / "c.tiff")
    own = from_folder(folder)
    assert own.files == ("a.png",)
    assert set(own.left_out.values()) == {"copy of another image"}


def classes(folder, names=("cats", "dogs"), each=3, size=(40, 40)):
    rng = np.random.default_rng(5)
    for name in names:
        (folder / name / "more").mkdir(parents=True)
        for number in range(each):
            below = folder / name / ("more" if number == 0 else "")
            noise(rng, size).save(below / f"{number}.png")


def test_sub_folders_are_classes(folder):
    classes(folder, ("dogs", "cats", "eels"))
    (folder / ".hidden").mkdir()
    noise(np.random.default_rng(1)).save(folder / ".hidden" / "a.png")
    (folder / "cats" / "._0.png").write_bytes(b"what another system leaves behind")
    own = from_folder(folder)
    assert own.class_names == ("cats", "dogs", "eels")
    assert own.labels.dtype == np.int32 and np.bincount(own.labels).tolist() == [3, 3, 3]
    for name, label in zip(own.files, own.labels, strict=True):
        assert name.startswith(own.class_names[label])
    assert "9 images of 32 × 32, 3 classes" in repr(own)
    assert not own.left_out


@pytest.mark.parametrize("extra", [None, "loose.png"])
def test_one_sub_folder_or_loose_images_are_no_classes(folder, extra):
    classes(folder, ("cats",) if extra is None else ("cats", "dogs"))
    if extra:
        noise(np.random.default_rng(1)).save(folder / extra)
    own = from_folder(folder)
    assert own.labels is None and own.class_names == ()


def test_the_second_call_reads_one_file_and_a_change_is_seen(folder, monkeypatch):
    classes(folder)
    first = from_folder(folder)
    assert sorted(os.listdir(folder.parent)) == ["mine", "mine-32-crop.npz"]
    with np.load(first.facts["path"], allow_pickle=False) as archive:  # an ordinary file
        np.testing.assert_array_equal(archive["images"], first.images)

    def refuse(*arguments):
        raise AssertionError("a file was read again")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "square", refuse)
        again = from_folder(folder)
    np.testing.assert_array_equal(again.images, first.images)
    assert repr(again) == repr(first) and again.files == first.files
    noise(np.random.default_rng(9)).save(folder / "cats" / "new.png")
    assert len(from_folder(folder).images) == 7
    assert len(from_folder(folder, 16).images) == 7


@pytest.mark.parametrize("damage", ["cut", "other", "empty"])
def test_a_damaged_cache_is_made_again(folder, damage):
    classes(folder)
    first = from_folder(folder)
    path, whole = first.facts["path"], np.array(first.images)
    with open(path, "rb+") as file:
        if damage == "cut":
            file.truncate(os.path.getsize(path) // 2)
        elif damage == "empty":
            file.truncate(0)
    if damage == "other":
        np.savez(path, other=np.zeros(3))
    np.testing.assert_array_equal(from_folder(folder).images, whole)


def test_the_folder_one_stands_in_has_a_place_for_the_result(folder, monkeypatch):
    classes(folder)
    monkeypatch.chdir(folder)
    assert len(from_folder(".").images) == 6
    assert sorted(os.listdir(folder.parent)) == ["mine", "mine-32-crop.npz"]


def test_what_cannot_be_written_says_what_to_do_and_leaves_nothing(folder, monkeypatch):
    classes(folder)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(image_archive.zipfile, "ZipFile", full)
    with pytest.raises(OSError, match=r"No space left.*Give another file, for example cache="):
        from_folder(folder)
    assert os.listdir(folder.parent) == ["mine"]


def test_an_interruption_leaves_nothing_behind(folder, monkeypatch):
    classes(folder)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "square", interrupted)
    with pytest.raises(KeyboardInterrupt):
        from_folder(folder)
    assert os.listdir(folder.parent) == ["mine"]


def test_batches_from_the_disk_are_those_from_memory(folder):
    classes(folder, each=8)
    own = from_folder(folder)
    inside = data.dataset(np.array(own.images), own.labels, batch_size=5, seed=3)
    outside = own.batches(5, seed=3)
    assert outside.steps_per_epoch == inside.steps_per_epoch == 4
    for one_side, other in zip(outside.starting_at(2), inside.starting_at(2), strict=False):
        np.testing.assert_array_equal(one_side[0], other[0])
        np.testing.assert_array_equal(one_side[1], other[1])
        if len(one_side[0]) == 1:
            break
    assert tuple(outside.stream.element_spec[0].shape) == (None, 32, 32, 3)


@pytest.mark.slow
def test_a_gan_trains_on_them_and_goes_on_after_a_stop(folder, tmp_path):
    from ganlib import networks
    from ganlib.gan import GAN

    (folder / "flat").mkdir()
    classes(folder / "flat", ("only",), each=20, size=(16, 16))
    own = from_folder(folder, 16)

    def trained(resume, *epochs):
        for count in epochs:
            gan = GAN(
                networks.dense_generator(4, (16, 16, 3), (8,)),
                networks.dense_discriminator((16, 16, 3), (8,)),
                latent_dim=4,
            )
            gan.compile()
            gan.fit(own.batches(6), epochs=count, resume=resume, verbose=0)
        return gan.sample(2, seed=0)

    whole = trained(tmp_path / "whole", 3)
    np.testing.assert_array_equal(trained(tmp_path / "parts", 1, 3), whole)


def test_a_split_has_every_image_once(folder):
    classes(folder, each=10)
    own = from_folder(folder)
    train, held_out = own.split(0.1, seed=2)
    assert len(train) == 18 and len(held_out) == 2
    assert sorted([*train, *held_out]) == list(range(20))
    assert list(own.split(0.1, seed=3)[1]) != list(held_out)
    for share in (0, 1, -0.1, 0.001, 0.999):
        with pytest.raises(ValueError, match="held_out is"):
            own.split(share)


def test_the_contact_sheet_has_a_caption_for_each_image(folder):
    classes(folder, each=4)
    figure = from_folder(folder).contact_sheet(6)
    assert {text.get_text() for text in figure.axes[0].texts} <= {"cats", "dogs"}
    assert len(figure.axes[0].texts) == 6
    assert len(from_folder(folder).contact_sheet(100).axes[0].texts) == 8


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 32.0}, TypeError, "size=32"),
        ({"size": 2}, ValueError, "size is 2"),
        ({"shape": "stretch"}, ValueError, "shape is 'stretch', but must be one of 'crop', 'pad'"),
        ({"cache": "x.zip"}, ValueError, r"must end in \.npz"),
    ],
)
def test_arguments_are_checked(folder, arguments, error, message):
    with pytest.raises(error, match=message):
        from_folder(folder, **arguments)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(NotADirectoryError, match=r"There is no folder .*nowhere"):
        from_folder(tmp_path / "nowhere")


def test_the_bar_appears_late_and_is_wiped_out(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 3.1, 5.0])
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: next(clock))
    bar = progress_bar.ProgressBar(200, "reading images")
    bar.visible = True
    bar.show(10)
    assert capsys.readouterr().out == ""
    bar.show(50)
    shown = capsys.readouterr().out
    assert shown.startswith("\rreading images ███████·") and shown.endswith("50 of 200, 9 s left")
    bar.show(60)  # a tenth of a second later
    assert capsys.readouterr().out == ""
    bar.show(100)
    capsys.readouterr()
    bar.close()
    assert capsys.readouterr().out.strip() == ""


def test_the_root_of_a_drive_needs_a_cache(tmp_path):
    with pytest.raises(ValueError, match="root of a drive"):
        from_folder(tmp_path.anchor)


def test_a_cache_with_a_damaged_header_counts_as_none(tmp_path):
    path = tmp_path / "cache.npz"
    chunk = np.zeros((3, 4, 4, 3), np.uint8)
    image_archive.write(path, [chunk], (4, 4, 3), lambda: {"made_of": {}})
    content = bytearray(path.read_bytes())
    content[content.find(b"{'descr'")] ^= 1
    path.write_bytes(content)
    assert image_archive.read(path, {}) is None
